//! The tables of a scenario as they are written, and as editors know them.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::connections::ConnectionsTable;
use super::exchange::ExchangeTable;
use super::expect::ExpectTable;
use super::load::LoadTable;
use super::matrix::MatrixTable;
use super::request::RequestTable;
use crate::plan::{Algorithm, CONTACT_MAX, ClaimName, Dates, HeaderName, Resolve, SigningMode};
use crate::scenario::table::reader::{At, Header, Table};
use crate::scenario::table::value::{
    AudienceValue, Lasting, MetricNames, Off, One, Part, SizesValue, Text, Whole, Written,
};
use crate::scenario::table::words::{Addresses, FeedOrder, Minting, Shaped, Source};
use crate::scenario::text::complaints::Complaints;
use crate::scenario::text::tree::{Entry, Node};
use crate::units::{Latency, Spell};

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MILLISECOND;
const HOUR: u64 = 3_600 * SECOND;

/// A leadbench scenario: what is sent where, how, how often, and what must hold.
#[derive(Debug, Default, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Scenario")]
pub(in crate::scenario) struct ScenarioFile {
    /// The version of the scenario language: 1.
    #[schemars(required)]
    #[expect(dead_code, reason = "read for its problems; there is only one version")]
    pub(in crate::scenario) schema: Option<At<Whole<1, 1>>>,
    /// The scenario's name: letters, digits, `-` and `_`. It names the folder of its runs.
    #[schemars(required, regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9_-]*$"))]
    pub(in crate::scenario) name: Option<At<Text<1, 64>>>,
    /// The API under test.
    #[schemars(required)]
    pub(in crate::scenario) target: Option<TargetTable>,
    /// How tokens are made. Without this table no token is sent.
    pub(in crate::scenario) auth: Option<AuthTable>,
    /// What is posted.
    pub(in crate::scenario) lead: Option<LeadTable>,
    /// What drives the load: one or more, side by side or one `after` another.
    #[schemars(required, length(min = 1, max = 64))]
    pub(in crate::scenario) load: Vec<LoadTable>,
    /// Variants of signing that take turns in one run, to tell what signing costs.
    pub(in crate::scenario) matrix: Option<MatrixTable>,
    /// Bad tokens in shares of the traffic, each by the name of its fault: `expired = "1%"`, or
    /// `expired = { share = "1%", expect = [401] }`; `all = "5%"` shares out among all faults
    /// that are not named. `alternate` ("2s") is for how long they are sent and not sent in turn,
    /// so that the good traffic of both can be compared ("0s": all the time); `other_key` a key
    /// pair that the target trusts too, for `kid-swapped`; `profile = "one-key"` is for an API that is
    /// configured with one public key, which may take a token whose kid is wrong or missing. A false
    /// accept fails the run.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub(in crate::scenario) negative: Option<Vec<Entry>>,
    /// Threads of the generator; without it the machine decides.
    pub(in crate::scenario) engine: Option<EngineTable>,
    /// What must hold for the run to pass: `"latency.p99" = "< 250ms"`.
    ///
    /// Metrics are a phase with a percentile, `mean` or `max` (`network.p99.9`, `sign.mean`),
    /// `failed`, `dropped` or `achieved` (successful callouts a second).
    #[schemars(with = "Option<BTreeMap<String, Text<3, 64>>>")]
    pub(in crate::scenario) thresholds: Vec<Entry>,
    /// Which tables and keys it has.
    #[schemars(skip)]
    pub(in crate::scenario) header: Header,
}

/// The API under test.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::scenario) struct TargetTable {
    /// `embedded`, or the URL that leads are posted to.
    #[schemars(required)]
    pub(in crate::scenario) url: Option<At<Text<1, 2048>>>,
    /// Hosts that may be sent to beyond loopback; Salesforce calls them Remote Site Settings.
    #[schemars(extend("default" = []))]
    pub(in crate::scenario) allowed_hosts: Option<At<Vec<At<Text<1, 253>>>>>,
    /// Hosts beyond loopback that may be sent a token over plain `http`. Without a token nothing
    /// needs to be said.
    #[schemars(extend("default" = []))]
    pub(in crate::scenario) allow_plaintext: Option<At<Vec<At<Text<1, 253>>>>>,
    /// Whom the target's owner can ask about this load: a mail address or a URL. It is sent in
    /// `User-Agent: leadbench/VERSION (+CONTACT; run ID)`, in place of the platform's
    /// `SFDC-Callout/NN.0`.
    pub(in crate::scenario) identify: Option<At<Text<1, CONTACT_MAX>>>,
    /// How long a callout may take, 1 ms to 120 s. 10 s is Salesforce's default.
    #[schemars(extend("default" = "10s"))]
    pub(in crate::scenario) timeout: Option<At<Lasting<MILLISECOND, { 120 * SECOND }>>>,
    /// A PEM file of certificate authorities to trust instead of the system's; beside the
    /// scenario, as any file that it names.
    pub(in crate::scenario) ca: Option<At<Text<1, 4096>>>,
    /// When the host's name is resolved: `once`, before the load, or `per-connection`, so
    /// that each new connection's callout pays for the lookup (phase `dns`).
    #[schemars(extend("default" = "once"))]
    pub(in crate::scenario) resolve: Option<At<One<Resolve>>>,
    /// How connections are opened, kept and shared.
    pub(in crate::scenario) connections: Option<ConnectionsTable>,
    /// What a callout carries besides its token and its lead.
    pub(in crate::scenario) request: Option<RequestTable>,
    /// The metric of `Server-Timing` that is the server's whole time, or several that add up to
    /// it: `"app"`, `["db", "render"]`. Without it `total`, and where no metric is called so the
    /// largest, for metrics nest.
    #[schemars(extend("default" = "total"))]
    pub(in crate::scenario) server_timing: Option<At<MetricNames>>,
    /// What is connected to in place of the URL's host: `10.0.0.7`, `10.0.0.7:8443`, `node-3`, as one
    /// node behind a pool's name. `Host`, the name in TLS and the certificate stay the URL's. The guard
    /// asks for both.
    pub(in crate::scenario) connect_to: Option<At<Text<1, 300>>>,
    /// Which of several addresses of the host are connected to: each `in-turn`, those of one family that
    /// answer before the load, or the `first` alone.
    #[schemars(extend("default" = "in-turn"))]
    pub(in crate::scenario) addresses: Option<At<One<Addresses>>>,
    /// A path that answers `GET` with a success once the target is ready, such as `/health`: it is asked
    /// before the load, and with `--wait-for` until it does.
    pub(in crate::scenario) ready: Option<At<Text<1, 2048>>>,
    /// Whether one callout is made before the load, marked `Leadbench-Callout: preflight` and in no
    /// figure; where it is refused, the run says why and does not begin.
    #[schemars(extend("default" = true))]
    pub(in crate::scenario) preflight: Option<At<bool>>,
    /// What an answer must say to count as a success.
    pub(in crate::scenario) expect: Option<ExpectTable>,
    /// Whether the run ends early where its first 20 callouts all fail alike.
    #[schemars(extend("default" = true))]
    pub(in crate::scenario) early_stop: Option<At<bool>>,
    /// How the embedded target behaves.
    pub(in crate::scenario) embedded: Option<EmbeddedTable>,
}

/// How the embedded target behaves.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::scenario) struct EmbeddedTable {
    /// How long it takes to answer a lead. Its timer has a resolution of 1 ms, so its own account
    /// (phase `server`) is up to 1 ms more, and more where the machine is busy.
    #[schemars(extend("default" = "5ms"))]
    pub(in crate::scenario) service_time: Option<At<Lasting<0, { 120 * SECOND }>>>,
    /// Instead of `service_time` a model: `lognormal p50=5ms p99=40ms`, `exponential 5ms`, or
    /// with one server that takes leads in turn `mm1 5ms`, `md1 5ms`.
    pub(in crate::scenario) latency: Option<At<Written<Latency>>>,
    /// When nothing is answered, since the first request: `every=10s for=1s`, or once
    /// `from=10s for=2s`.
    pub(in crate::scenario) freeze: Option<At<Written<Spell>>>,
    /// How long an access token of its token endpoint is valid.
    #[schemars(extend("default" = "1h"))]
    pub(in crate::scenario) access_token_life: Option<At<Lasting<SECOND, { 24 * HOUR }>>>,
    /// When its token endpoint answers 503, since the first request: `from=10s for=2s`.
    pub(in crate::scenario) token_outage: Option<At<Written<Spell>>>,
    #[schemars(skip)]
    pub(in crate::scenario) header: Header,
}

/// How tokens are made.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::scenario) struct AuthTable {
    /// Which Salesforce mechanism is imitated; `none` sends no token.
    #[schemars(required)]
    pub(in crate::scenario) source: Option<At<One<Source>>>,
    /// The key pair's unique name in Certificate and Key Management; it becomes `kid`.
    pub(in crate::scenario) key: Option<At<Text<1, 80>>>,
    /// The `iss` claim. An External Credential may leave out `issuer`, `subject` and
    /// `audience`, all three.
    pub(in crate::scenario) issuer: Option<At<Text<1, 255>>>,
    /// The `sub` claim.
    pub(in crate::scenario) subject: Option<At<Text<1, 255>>>,
    /// Instead of `subject`: a `sub` for each user, by a formula such as `'User=' + $User.Id`,
    /// `{!$User.Email}` or `{!'User=' & $User.Id}` (Per User Principal). `$User` has Id, Username, Email, Alias and
    /// `FederationIdentifier`, all synthetic.
    pub(in crate::scenario) subject_formula: Option<At<Text<1, 255>>>,
    /// How many users take turns in `subject_formula`.
    #[schemars(extend("default" = 100))]
    pub(in crate::scenario) users: Option<At<Whole<1, 10_000>>>,
    /// The `aud` claim: a string or, of a Named or an External Credential, an array of strings
    /// (documented of a Named Credential; of an External Credential unverified).
    pub(in crate::scenario) audience: Option<At<AudienceValue>>,
    /// `alg`: RS256 or, of an External Credential, RS512. Salesforce signs with nothing else.
    #[schemars(extend("default" = "RS256"))]
    pub(in crate::scenario) algorithm: Option<At<One<Algorithm>>>,
    /// The `kid`, where it is not the key's unique name. That it is was seen of a Named
    /// Credential, is documented of an External Credential, and inferred of `Auth.JWS`.
    pub(in crate::scenario) kid: Option<At<Text<1, 255>>>,
    /// Which members of its own the mechanism writes into the JOSE header, in this order; what
    /// is left out is not sent, and `alg` is needed. Without it kid, typ, alg: seen of a Named
    /// Credential; of an External Credential the order is inferred, of `Auth.JWS` the members
    /// are too.
    #[schemars(extend("default" = ["kid", "typ", "alg"]))]
    pub(in crate::scenario) header_order: Option<At<Vec<At<One<HeaderName>>>>>,
    /// Which claims of its own the mechanism writes, in this order; what is left out is not
    /// sent, and `exp` is needed. Without it iss, sub, aud, nbf, iat, exp: seen of a Named
    /// Credential, inferred of an External Credential; iss, sub, aud, iat, nbf, exp, jti of
    /// `Auth.JWT` (by a third-party runtime, unverified).
    pub(in crate::scenario) claim_order: Option<At<Vec<At<One<ClaimName>>>>>,
    /// Whether each token has a `jti`, a UUID, as its last claim. Without it none of a Named
    /// Credential (captured) and none of an External Credential (its documentation lists none;
    /// unverified), one of `Auth.JWT` (much Apex code takes it for a source of UUIDs).
    pub(in crate::scenario) jti: Option<At<bool>>,
    /// Claims of your own, after those of the mechanism; not of a Named Credential.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub(in crate::scenario) claims: Option<Vec<Entry>>,
    /// Members of the JOSE header, of an External Credential only; `kid` may be set anew.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub(in crate::scenario) header_claims: Option<Vec<Entry>>,
    /// How far `nbf` lies before `iat`, in whole seconds. Without it as the source has it:
    /// 0 s on the wire of a Named Credential; 0 s of an External Credential (inferred); 30 s of
    /// `Auth.JWT` (`setNbfClockSkew`; by a third-party runtime, unverified).
    pub(in crate::scenario) nbf_clock_skew: Option<At<Lasting<0, HOUR>>>,
    /// How long a token is valid, in whole seconds. Without it as the source has it: 300 s of
    /// a Named Credential (captured), 120 s of an External Credential (documented), 300 s of
    /// `Auth.JWT` (`setValidityLength`; by a third-party runtime, unverified).
    pub(in crate::scenario) valid_for: Option<At<Lasting<SECOND, { 24 * HOUR }>>>,
    /// How far the sender's clock is off: `"-2s"` is behind, `"+5s"` ahead. Tokens are dated by
    /// it.
    #[schemars(extend("default" = "0s"))]
    pub(in crate::scenario) clock_skew: Option<At<Off>>,
    /// For which callouts a token is minted: `per-callout`, `per-transaction`, `per-second`
    /// (where there is no jti, tokens of one second are the same to the byte) or `cached` (until
    /// `renew_before` its `exp`; the same as signing = "reuse"). Without it `per-transaction` of
    /// `apex-jws`, as most code does, and `per-callout` of the others: Salesforce documents
    /// neither, so it is unverified.
    pub(in crate::scenario) mint: Option<At<One<Minting>>>,
    /// When tokens are signed: ahead of the due instant (`pipeline`), when due (`jit`), all
    /// before the start (`presign`), once for as long as it is valid (`reuse`), or not at all
    /// (`none`).
    #[schemars(extend("default" = "pipeline"))]
    pub(in crate::scenario) signing: Option<At<One<SigningMode>>>,
    /// `signing = "reuse"` only: how long before its `exp` a token gives way to the next.
    /// Without it a tenth of `valid_for`, and 30 s at most.
    pub(in crate::scenario) renew_before: Option<At<Lasting<0, { 24 * HOUR }>>>,
    /// JWT Token Exchange: the token buys an access token, which is sent instead.
    pub(in crate::scenario) exchange: Option<ExchangeTable>,
    /// Whether a 401 is answered with a fresh token and one more try: the debug log says so of
    /// Named Credentials (`Retry on 401=True`). That a plain JWT is minted anew for it is
    /// unverified; for the access token of an exchange it was reported.
    #[schemars(extend("default" = true))]
    pub(in crate::scenario) retry_on_401: Option<At<bool>>,
    /// Further statuses that are answered with a fresh token and one more try: the Additional
    /// Status Codes for Token Refresh of an External Credential.
    pub(in crate::scenario) refresh_on: Option<At<Vec<At<Whole<100, 999>>>>>,
    #[schemars(skip)]
    pub(in crate::scenario) header: Header,
}

/// What is posted.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::scenario) struct LeadTable {
    /// The shape of the JSON: what `JSON.serialize(lead)` writes.
    #[schemars(extend("default" = "sobject"))]
    #[expect(dead_code, reason = "read for its problems; there is only one word")]
    pub(in crate::scenario) shape: Option<At<One<Shaped>>>,
    /// Instead of `shape` a file beside the scenario: JSON with placeholders such as
    /// `{{lead.Id}}`, `{{lead.Company}}`, `{{seq}}`, `{{serial}}`, `{{uuid}}`, `{{external_id}}`,
    /// `{{run.id}}`, `{{now}}`, `{{now.iso}}`, `{{now.date}}`, `{{now.unix_ms}}`, `{{int 1 100}}`,
    /// `{{pick "a" "b"}}`, `{{digits 8}}` and `{{feed.column}}`.
    pub(in crate::scenario) template: Option<At<Text<1, 4096>>>,
    /// Data of your own beside the scenario: cells with a head (CSV, also with semicolons or tabs),
    /// or JSON (an object on each line, an array, or `{"records": [...]}`). Its columns stand in
    /// for fields of the lead, under API names or the labels of reports, or for `{{feed.column}}`
    /// in a template. People in it must be synthetic.
    pub(in crate::scenario) feed: Option<At<Text<1, 4096>>>,
    /// In which order the rows of `feed` are taken, again and again.
    #[schemars(extend("default" = "sequential"))]
    pub(in crate::scenario) feed_order: Option<At<One<FeedOrder>>>,
    /// How datetimes are written: as an sObject has them (`2017-01-28T16:17:31.000+0000`), as a
    /// class of one's own does (`iso`, `2018-06-24T21:05:07.899Z`), or some in each form
    /// (`mixed`). A target must take both.
    #[schemars(extend("default" = "sobject"))]
    pub(in crate::scenario) dates: Option<At<One<Dates>>>,
    /// How large a body is: `"2KB"`, evenly spread (`{ min = "0.7KB", max = "36KB" }`) or
    /// log-normal (`{ p50 = "1.2KB", p99 = "8KB" }`). A `Description` fills what is missing, and
    /// fields go where it is too much. As it comes, about 0.9 KB, where nothing is said.
    pub(in crate::scenario) size: Option<At<SizesValue>>,
    /// The share of leads that are sent a second time, to the byte: `"2%"`.
    #[schemars(extend("default" = "0%"))]
    pub(in crate::scenario) duplicates: Option<At<Part>>,
    /// The field that holds the run's own number of a lead (`<run>-<load>-<number>`), so that a
    /// test system can be cleaned: `"leadbench_id__c"`. It stands in for a field or a column of
    /// that name; `Id` and `attributes` cannot be named.
    pub(in crate::scenario) external_id: Option<At<Text<1, 80>>>,
    /// Where the randomness of arrivals and leads starts.
    #[schemars(extend("default" = 1))]
    pub(in crate::scenario) seed: Option<At<Whole<0, 9_007_199_254_740_992>>>,
    #[schemars(skip)]
    pub(in crate::scenario) header: Header,
}

/// Threads of the generator.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::scenario) struct EngineTable {
    /// Threads that do I/O.
    pub(in crate::scenario) io_workers: Option<At<Whole<1, 256>>>,
    /// Threads that sign.
    pub(in crate::scenario) signers: Option<At<Whole<1, 256>>>,
}

impl ScenarioFile {
    pub(in crate::scenario) fn read(root: &Node, complaints: &Complaints) -> Self {
        let Some(mut table) = Table::open(root, "the scenario", complaints) else {
            return Self::default();
        };
        let file = Self {
            schema: table.required("schema", "1"),
            name: table.required("name", "\"my-test\""),
            target: table.table("target").map(TargetTable::read),
            auth: table.table("auth").map(AuthTable::read),
            lead: table.table("lead").map(LeadTable::read),
            load: table
                .tables("load")
                .into_iter()
                .map(LoadTable::read)
                .collect(),
            matrix: table.table("matrix").map(MatrixTable::read),
            negative: table
                .table("negative")
                .map(|table| table.entries().to_vec()),
            engine: table.table("engine").map(EngineTable::read),
            thresholds: table
                .table("thresholds")
                .map_or_else(Vec::new, |table| table.entries().to_vec()),
            header: table.header(),
        };
        table.not_empty("load");
        table.finish();
        file
    }
}

impl TargetTable {
    fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            url: table.required("url", "\"embedded\""),
            allowed_hosts: table.optional("allowed_hosts"),
            allow_plaintext: table.optional("allow_plaintext"),
            identify: table.optional("identify"),
            timeout: table.optional("timeout"),
            ca: table.optional("ca"),
            resolve: table.optional("resolve"),
            connections: table.table("connections").map(ConnectionsTable::read),
            server_timing: table.optional("server_timing"),
            connect_to: table.optional("connect_to"),
            addresses: table.optional("addresses"),
            ready: table.optional("ready"),
            preflight: table.optional("preflight"),
            expect: table.table("expect").map(ExpectTable::read),
            early_stop: table.optional("early_stop"),
            request: table.table("request").map(RequestTable::read),
            embedded: table.table("embedded").map(EmbeddedTable::read),
        };
        table.finish();
        read
    }
}

impl EmbeddedTable {
    fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            service_time: table.optional("service_time"),
            latency: table.optional("latency"),
            freeze: table.optional("freeze"),
            access_token_life: table.optional("access_token_life"),
            token_outage: table.optional("token_outage"),
            header: table.header(),
        };
        table.finish();
        read
    }
}

impl AuthTable {
    fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            source: table.required("source", "\"named-credential\""),
            key: table.optional("key"),
            issuer: table.optional("issuer"),
            subject: table.optional("subject"),
            subject_formula: table.optional("subject_formula"),
            users: table.optional("users"),
            audience: table.optional("audience"),
            algorithm: table.optional("algorithm"),
            kid: table.optional("kid"),
            header_order: table.optional("header_order"),
            claim_order: table.optional("claim_order"),
            jti: table.optional("jti"),
            claims: table.table("claims").map(|table| table.entries().to_vec()),
            header_claims: table
                .table("header_claims")
                .map(|table| table.entries().to_vec()),
            nbf_clock_skew: table.optional("nbf_clock_skew"),
            valid_for: table.optional("valid_for"),
            clock_skew: table.optional("clock_skew"),
            mint: table.optional("mint"),
            signing: table.optional("signing"),
            renew_before: table.optional("renew_before"),
            exchange: table.table("exchange").map(ExchangeTable::read),
            retry_on_401: table.optional("retry_on_401"),
            refresh_on: table.optional("refresh_on"),
            header: table.header(),
        };
        table.finish();
        read
    }
}

impl LeadTable {
    fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            shape: table.optional("shape"),
            template: table.optional("template"),
            feed: table.optional("feed"),
            feed_order: table.optional("feed_order"),
            dates: table.optional("dates"),
            size: table.optional("size"),
            duplicates: table.optional("duplicates"),
            external_id: table.optional("external_id"),
            seed: table.optional("seed"),
            header: table.header(),
        };
        table.finish();
        read
    }
}

impl EngineTable {
    fn read(mut table: Table<'_>) -> Self {
        let read = Self {
            io_workers: table.optional("io_workers"),
            signers: table.optional("signers"),
        };
        table.finish();
        read
    }
}

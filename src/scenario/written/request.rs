//! `[target.request]` as it is written.

use crate::plan::ConnectionField;
use crate::scenario::table::keys::{Maybe, table};
use crate::scenario::table::value::{Free, One, Quantity, Text};
use crate::units::Percent;

table! {
    /// What a callout carries besides its token and its lead.
    RequestTable {
        /// The `Content-Type`, byte by byte. Where Apex code forgets to set it, Salesforce sends JSON as
        /// `application/x-www-form-urlencoded` (published capture). Whether it adds a `charset` to what
        /// code has set is unverified; none is added here.
        content_type: Text<1, 255> = "application/json",
        /// The `Connection` field: `absent`, as in published captures, whose proxies may have removed it;
        /// `keep-alive`, as the JDK's client writes it; or `close`, with
        /// `lifetime = "per-callout"` only. What Salesforce writes is unverified.
        connection: One<ConnectionField> = "absent",
        /// The platform's release in `User-Agent: SFDC-Callout/NN.0`. 65.0 is Winter '26.
        release: Text<1, 16> = "65.0",
        /// Header fields of your own, as `setHeader` sets them. They may replace `Accept` and the other
        /// fields of the platform. Their values appear in no output.
        headers: Maybe<Free<String>>,
        /// Whether a POST is sent once more when its connection is closed before any of the answer has
        /// arrived, with the same lead and token. The JDK's client, which Salesforce's resembles, does so
        /// silently; unconfirmed for Salesforce.
        resend_dropped: bool = false,
        /// Where an answer holds the Id of the record that was created: names, and numbers for arrays,
        /// with points between (`id`, `data.0.id`). With it the run writes `created.csv`, and a lead that
        /// is answered with the Id of another counts as `duplicate` and not as a success.
        created_id: Maybe<Text<1, 200>>,
        /// Sends `traceparent` (W3C Trace Context) with each callout; this share of them is sampled:
        /// `"100%"`, `"1%"`. The trace id follows from the seed, the run, the load and the callout's
        /// number, and stands in `slowest.csv`, `requests.csv` and the report. Salesforce sends no such
        /// field.
        traceparent: Maybe<Quantity<Percent>>,
        /// Where a trace can be seen, for links in the report: a URL with `{trace_id}` in it once, such as
        /// `https://tempo.example/trace/{trace_id}`. Requires `traceparent`.
        trace_link: Maybe<Text<1, 2048>>,
    }
}

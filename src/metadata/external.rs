//! An External Credential whose tokens are signed JWTs (Metadata API, type
//! `ExternalCredential`): the authentication protocol JWT sends them to the API, and OAuth with
//! JWT Bearer buys an access token with them.

use roxmltree::Node;

use super::endpoint::Endpoint;
use super::headers::{self, CustomHeader};
use super::parameters::{Parameter, of_kind, of_principal};
use super::scenario_text::{Draft, Line, scenario_name};
use super::toml_text::shown;
use super::value;
use super::xml::{child, children, fault, fault_at, parse, place, text_of};
use super::{Imported, MetadataError, claims};

/// The body of a token request in which the JWT stands for the client (RFC 7523, section 2.2).
const CLIENT_ASSERTION: &str = "grant_type=client_credentials&client_assertion_type=\
    urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={{assertion}}";

/// What the file itself does not say.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExternalOptions<'o> {
    /// Where callouts go.
    pub url: Option<&'o str>,
    /// Its Named Credential, which says where callouts go, and what headers they have.
    pub endpoint: Option<&'o Endpoint>,
    /// The principal, by its name.
    pub principal: Option<&'o str>,
}

/// How a signed JWT is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Flow {
    /// Sent to the API.
    Sent,
    /// Exchanged for an access token (RFC 7523, section 2.1).
    Exchanged,
    /// Exchanged, with the JWT in place of a client's secret (RFC 7523, section 2.2).
    ClientAssertion,
}

/// Makes a scenario of a `*.externalCredential-meta.xml`.
///
/// # Errors
///
/// Text that is not XML, another type, a protocol that does not sign a JWT, a principal that does
/// not exist, and several principals of which none was chosen.
pub fn external_credential(
    text: &str,
    options: ExternalOptions<'_>,
) -> Result<Imported, MetadataError> {
    let document = parse(text, "ExternalCredential")?;
    let root = document.root_element();
    let mut notes = Vec::new();
    let parameters = of_principal(root, options.principal, &mut notes)?;
    let flow = flow(root, &parameters)?;
    let label = text_of(root, "label").or_else(|| text_of(root, "fullName"));
    let url = options
        .url
        .or(options.endpoint.map(|endpoint| endpoint.url.as_str()));
    let mut draft = Draft {
        name: scenario_name(label.as_deref().unwrap_or("external-credential")),
        url: url.map(str::to_owned),
        is_base_url: options.url.is_none() && url.is_some(),
        client_certificate: options
            .endpoint
            .and_then(|endpoint| endpoint.client_certificate.clone()),
        source: "external-credential",
        notes,
        ..Draft::default()
    };
    if url.is_none() {
        let text = "an External Credential has no URL, so the scenario runs against the embedded \
                    target; name its Named Credential with --named-credential, or its URL with --url";
        let exchanged = ". The embedded target accepts only access tokens of its own endpoint: remove \
                         `url` from [auth.exchange] to use it";
        let more = if flow == Flow::Sent { "" } else { exchanged };
        draft.note(place(root), format!("{text}{more}"));
    }
    key(&parameters, root, &mut draft);
    claims::add(&parameters, &mut draft);
    if flow != Flow::Sent {
        exchange(&parameters, flow, root, &mut draft);
    }
    refresh_on(&parameters, &mut draft);
    let mut endpoint_notes = Vec::new();
    if let Some(endpoint) = options.endpoint {
        endpoint_notes.clone_from(&endpoint.notes);
        endpoint_notes.extend(headers::add(endpoint.headers.clone(), &mut draft));
    }
    let own: Vec<_> = parameters.iter().filter_map(header).collect();
    let of_headers = headers::add(own, &mut draft);
    draft.notes.extend(of_headers);
    left_out(root, &parameters, flow, &mut draft);
    draft.notes.sort_by_key(|note| (note.line, note.column));
    Ok(Imported {
        scenario: draft.text(),
        notes: draft.notes,
        endpoint_notes,
    })
}

/// How the JWT is used, by the protocol and its variant.
fn flow(root: Node<'_, '_>, parameters: &[Parameter]) -> Result<Flow, MetadataError> {
    let protocol = text_of(root, "authenticationProtocol").unwrap_or_default();
    let variant = of_kind(parameters, "AuthProtocolVariant");
    let says = variant.map_or("", Parameter::text);
    match (protocol.to_ascii_lowercase().as_str(), says) {
        ("jwt", _) => Ok(Flow::Sent),
        ("jwtexchange", _) | ("oauth", "JwtBearer") => Ok(Flow::Exchanged),
        ("oauth", "ClientCredentialsJwtAssertion") => Ok(Flow::ClientAssertion),
        ("oauth", _) => {
            let at = variant.map_or_else(
                || place(child(root, "authenticationProtocol").unwrap_or(root)),
                |variant| variant.place,
            );
            let problem = match says {
                "" => {
                    "Oauth without a variant (AuthProtocolVariant) does not sign a JWT".to_owned()
                }
                says => format!("the variant {} of Oauth does not sign a JWT", shown(says)),
            };
            Err(fault_at(at, problem)
                .hint("use the variant JwtBearer or ClientCredentialsJwtAssertion"))
        }
        _ => {
            let named = match protocol.as_str() {
                "" => "(none)".to_owned(),
                protocol => shown(protocol),
            };
            let at = child(root, "authenticationProtocol").unwrap_or(root);
            let problem = format!("the authentication protocol {named} does not sign a JWT");
            let hint = "use Jwt, or Oauth with the variant JwtBearer; for a load without a token write \
                        source = \"none\"";
            Err(fault(at, problem).hint(hint))
        }
    }
}

/// The key pair, by the certificate's unique name.
fn key(parameters: &[Parameter], root: Node<'_, '_>, draft: &mut Draft) {
    let certificate = of_kind(parameters, "SigningCertificate");
    let name = certificate.and_then(|one| one.refers_to.as_deref().or(one.value.as_deref()));
    let (Some(certificate), Some(name)) = (certificate, name) else {
        let at = certificate.map_or_else(|| place(root), |certificate| certificate.place);
        let text = "the signing certificate is missing; write its unique name as `key` in [auth], or run \
                    with --set auth.key=NAME";
        return draft.note(at, text);
    };
    let (namespace, own) = name.split_once("__").unwrap_or(("", name));
    if !namespace.is_empty() {
        let text = format!(
            "the scenario names the key {own}, without the namespace {namespace}; if the API knows \
             it as {name}, write kid = \"{name}\" in [auth]"
        );
        draft.note(certificate.place, text);
    }
    draft.auth.push(Line::text("key", own));
}

/// The token endpoint, and what is posted to it.
fn exchange(parameters: &[Parameter], flow: Flow, root: Node<'_, '_>, draft: &mut Draft) {
    let mut lines = Vec::new();
    let url = of_kind(parameters, "AuthProviderUrl");
    if let Some((parameter, url)) = url.and_then(|one| Some((one, one.value.as_deref()?))) {
        if value::is_formula(url) {
            let text = "the token endpoint has a formula in it; write `url` in [auth.exchange], and its \
                        host among `allowed_hosts`";
            draft.note(parameter.place, text);
        } else if !url.contains("://") {
            let text = format!("{:?} lacks https:// before it", shown(url));
            draft.note(parameter.place, text);
        }
        draft.token_url = Some(url.to_owned());
        lines.push(Line::text("url", url));
    } else {
        let elsewhere = ["ExternalAuthIdentityProvider", "AuthProvider"];
        let is_there = |one: &&Parameter| elsewhere.contains(&one.kind.as_str());
        let elsewhere = parameters.iter().find(is_there);
        let at = elsewhere.map_or_else(|| place(root), |one| one.place);
        let component = elsewhere.map(|one| shown(one.refers_to.as_deref().unwrap_or(one.text())));
        let text = match component {
            Some(name) => format!("the token endpoint is part of another component, {name}"),
            None => "the token endpoint (AuthProviderUrl) is missing".to_owned(),
        };
        let text = format!("{text}: write it as `url` in [auth.exchange]");
        draft.note(at, text);
    }
    let scope = parameters.iter().find(|parameter| is_scope(parameter));
    let scope = scope.and_then(|one| Some((one, one.value.as_deref()?)));
    if let Some((parameter, given)) = scope {
        if let Ok(scope) = value::read(given).and_then(value::fixed) {
            lines.push(Line::text("scope", &scope));
        } else {
            let text = "leadbench cannot evaluate the formula of the scope; write `scope` in \
                        [auth.exchange] yourself, or run with --set auth.exchange.scope=\"...\"";
            draft.note(parameter.place, text);
            lines.push(Line::unevaluated("scope", parameter));
        }
    }
    if flow == Flow::ClientAssertion {
        let form = match scope {
            None => CLIENT_ASSERTION.to_owned(),
            Some(_) => format!("{CLIENT_ASSERTION}&scope={{{{scope}}}}"),
        };
        lines.push(Line::text("form", &form).remark(
            "Client Credentials with JWT Assertion (RFC 7523, section 2.2); what Salesforce posts is unverified.",
        ));
        let text = "the metadata does not hold the client's Id; if the token endpoint requires it, add \
                    &client_id=... to `form` in [auth.exchange]";
        draft.note(url.map_or_else(|| place(root), |url| url.place), text);
    }
    draft.exchange = Some(lines);
}

fn is_scope(parameter: &Parameter) -> bool {
    parameter.kind == "AuthParameter" && parameter.name.eq_ignore_ascii_case("Scope")
}

/// The further statuses that ask for a fresh token.
fn refresh_on(parameters: &[Parameter], draft: &mut Draft) {
    let mut statuses: Vec<u16> = Vec::new();
    for parameter in parameters {
        if parameter.kind != "AdditionalRefreshStatusCode" {
            continue;
        }
        let codes = parameter.text().split([',', ';', ' ']).map(str::trim);
        for code in codes.filter(|code| !code.is_empty()) {
            let plain = code.trim_matches(['"', '\'']);
            let Ok(status) = plain.parse() else {
                let text = format!(
                    "{:?} is not an HTTP status and is left out; list the statuses in `refresh_on` in [auth]",
                    shown(code)
                );
                draft.note(parameter.place, text);
                continue;
            };
            if !statuses.contains(&status) {
                statuses.push(status);
            }
        }
    }
    if !statuses.is_empty() {
        let statuses: Vec<_> = statuses.iter().map(u16::to_string).collect();
        let list = format!("[{}]", statuses.join(", "));
        draft.auth.push(Line::new("refresh_on", list));
    }
}

fn header(parameter: &Parameter) -> Option<CustomHeader> {
    (parameter.kind == "AuthHeader").then(|| CustomHeader {
        name: parameter.name.clone(),
        value: parameter.value.clone(),
        sequence: parameter.sequence,
        place: parameter.place,
        file: "",
    })
}

/// Notes what a scenario cannot hold.
fn left_out(root: Node<'_, '_>, parameters: &[Parameter], flow: Flow, draft: &mut Draft) {
    for parameter in parameters {
        let is_exchanged = flow != Flow::Sent;
        let is_known = match parameter.kind.as_str() {
            "AuthProviderUrl" | "ExternalAuthIdentityProvider" | "AuthProvider" => is_exchanged,
            "AuthParameter" => is_exchanged && is_scope(parameter),
            "SigningCertificate"
            | "JwtBodyClaim"
            | "JwtHeaderClaim"
            | "AuthHeader"
            | "AdditionalRefreshStatusCode"
            | "AuthProtocolVariant"
            // Reserved by Salesforce for itself.
            | "CreatedByNamespace"
            | "ManagedByComponent"
            | "ManagedByFeature"
            | "SfHttpRequestExtensionName" => true,
            _ => false,
        };
        if !is_known {
            let text = format!(
                "the parameter {:?} of the type {} is left out",
                shown(&parameter.name),
                shown(&parameter.kind)
            );
            draft.note(parameter.place, text);
        }
    }
    let known = [
        "authenticationProtocol",
        "description",
        "externalCredentialParameters",
        "fullName",
        "label",
    ];
    for node in children(root) {
        let name = node.tag_name().name();
        if !known.contains(&name) {
            draft.note(place(node), format!("<{}> is left out", shown(name)));
        }
    }
}

#[cfg(test)]
mod tests;

//! Where in a scenario secrets stand, known by their place.

use super::complaints::Complaints;
use super::tree::Node;

/// Members of the form of a token request that say what is asked for; all others may be secrets.
const PLAIN_MEMBERS: [&str; 6] = [
    "assertion",
    "client_assertion_type",
    "client_id",
    "grant_type",
    "requested_token_type",
    "scope",
];

/// Where secrets stand.
const PLACES: [[&str; 3]; 3] = [
    ["target", "request", "headers"],
    ["auth", "exchange", "headers"],
    ["auth", "exchange", "form"],
];

/// Whether a secret may stand at a path, below it or above it: the value of a header field, or the
/// form of a token request.
pub fn is_secret_place(path: &[&str]) -> bool {
    let leads_there = |place: &[&str; 3]| place.iter().zip(path).all(|(left, right)| left == right);
    !path.is_empty() && PLACES.iter().any(leads_there)
}

/// The same for a path that leads to a string.
fn is_secret(path: &[&str]) -> bool {
    path.len() >= 3 && is_secret_place(path)
}

/// Hides what stands at such places, and what stands in the queries of URLs.
pub(in crate::scenario) fn hide(root: &Node, complaints: &Complaints) {
    let hide_each = |secrets: Vec<String>| secrets.iter().for_each(|one| complaints.hide(one));
    root.each_string(&mut Vec::new(), &mut |path, node, text| match path {
        ["auth", "exchange", "form"] => {
            complaints.hide_place(node.span);
            hide_each(members(text));
        }
        place if is_secret(place) => {
            complaints.hide_place(node.span);
            complaints.hide(text);
        }
        [.., "url"] => {
            let query = text.split_once('?').map(|(_, query)| query);
            hide_each(query.map(members).unwrap_or_default());
        }
        _ => {}
    });
}

/// The values of a form or a query that may be secrets, as they are written and as they are meant.
fn members(form: &str) -> Vec<String> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let secret =
        pairs.filter(|(name, value)| !PLAIN_MEMBERS.contains(name) && !value.contains("{{"));
    secret
        .flat_map(|(_, value)| {
            let meant = form_urlencoded::parse(format!("v={value}").as_bytes())
                .next()
                .map(|(_, meant)| meant.into_owned());
            std::iter::once(value.to_owned()).chain(meant)
        })
        .collect()
}

//! The parameters of an External Credential, and those of them that one principal has (Metadata
//! API, type `ExternalCredentialParameter`).

use roxmltree::Node;

use super::toml_text::shown;
use super::xml::{Position, child, children, fault, fault_at, note, place, text_of};
use super::{MetadataError, Note};

/// Parameters that are principals.
const PRINCIPALS: [&str; 5] = [
    "NamedPrincipal",
    "PerUserPrincipal",
    "AwsStsPrincipal",
    "GlobalNamedPrincipal",
    "SystemUserPrincipal",
];

/// The parameters of which a credential may have several of one name.
const MANY: &str = "AdditionalRefreshStatusCode";

/// One parameter.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) value: Option<String>,
    /// The certificate that it refers to, or another component.
    pub(super) refers_to: Option<String>,
    pub(super) sequence: Option<i64>,
    /// The place of its value, or its own if it has no value.
    pub(super) place: Position,
    /// The principal whose parameter it is; `None` is the credential's own.
    group: Option<String>,
}

impl Parameter {
    /// Its value; empty if it has none.
    pub(super) fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    fn is_principal(&self) -> bool {
        PRINCIPALS.contains(&self.kind.as_str())
    }

    /// Whether both say the same of a credential.
    fn is_the_same_as(&self, other: &Self) -> bool {
        // A credential has one certificate, one token endpoint and one variant, whatever the name.
        let is_single = matches!(
            self.kind.as_str(),
            "SigningCertificate" | "AuthProviderUrl" | "AuthProtocolVariant"
        );
        self.kind == other.kind && (is_single || self.name == other.name)
    }
}

/// The first parameter of this type.
pub(super) fn of_kind<'p>(parameters: &'p [Parameter], kind: &str) -> Option<&'p Parameter> {
    parameters.iter().find(|parameter| parameter.kind == kind)
}

/// All parameters; one without a type is left out with a note.
fn all(root: Node<'_, '_>, notes: &mut Vec<Note>) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    let is_one = |node: &Node<'_, '_>| node.tag_name().name() == "externalCredentialParameters";
    for node in children(root).filter(is_one) {
        let Some(kind) = text_of(node, "parameterType") else {
            let text = "a parameter without a <parameterType> is left out";
            notes.push(note(place(node), text));
            continue;
        };
        let refers_to = [
            "certificate",
            "externalAuthIdentityProvider",
            "authProvider",
        ];
        let group = text_of(node, "parameterGroup");
        let sequence = text_of(node, "sequenceNumber");
        let name = text_of(node, "parameterName").unwrap_or_default();
        // A principal without a group has one of its own name.
        let group = match group {
            None if PRINCIPALS.contains(&kind.as_str()) => Some(name.clone()),
            group => group.filter(|group| !is_default(group)),
        };
        parameters.push(Parameter {
            kind,
            name,
            value: text_of(node, "parameterValue"),
            refers_to: refers_to.into_iter().find_map(|name| text_of(node, name)),
            sequence: sequence.and_then(|number| number.parse().ok()),
            place: place(child(node, "parameterValue").unwrap_or(node)),
            group,
        });
    }
    parameters
}

/// Whether a group is that of the credential itself: `DefaultGroup` in what orgs give out,
/// `DEFAULT_GROUP` in the documentation.
fn is_default(group: &str) -> bool {
    let letters: String = group.chars().filter(|c| *c != '_').collect();
    letters.eq_ignore_ascii_case("DefaultGroup")
}

/// The parameters of a principal: its own, and those of the credential that it does not override.
/// Each appears once.
///
/// # Errors
///
/// A principal that does not exist, and several principals of which none was chosen, if that
/// matters.
pub(super) fn of_principal(
    root: Node<'_, '_>,
    wanted: Option<&str>,
    notes: &mut Vec<Note>,
) -> Result<Vec<Parameter>, MetadataError> {
    let all = all(root, notes);
    let group = chosen(root, &all, wanted, notes)?;
    let (own, common): (Vec<_>, Vec<_>) = all
        .into_iter()
        .filter(|parameter| !parameter.is_principal())
        .filter(|parameter| parameter.group.is_none() || parameter.group == group)
        .partition(|parameter| parameter.group.is_some());
    let mut kept: Vec<Parameter> = Vec::new();
    for parameter in own.into_iter().chain(common) {
        let same = kept.iter().find(|kept| kept.is_the_same_as(&parameter));
        match same {
            Some(same) if parameter.kind != MANY => {
                let name = shown(&parameter.name);
                let line = same.place.line;
                let text = if same.group == parameter.group {
                    format!(
                        "`{name}` ({}) is on line {line} already; this one is left out. Salesforce does not document \
                         which of them it uses",
                        parameter.kind
                    )
                } else {
                    format!(
                        "`{name}` ({}) is left out: the principal has its own on line {line}",
                        parameter.kind
                    )
                };
                notes.push(note(parameter.place, text));
            }
            _ => kept.push(parameter),
        }
    }
    // In the order of the file again, where a principal's stand last or first.
    kept.sort_by_key(|parameter| (parameter.place.line, parameter.place.column));
    Ok(kept)
}

/// A principal: its name, its group and its place.
type Principal<'p> = (&'p str, &'p str, Position);

/// The principals in order; a group without a principal goes by its own name.
fn principals(all: &[Parameter]) -> Vec<Principal<'_>> {
    let mut principals: Vec<Principal<'_>> = Vec::new();
    let in_order = all.iter().filter(|parameter| parameter.is_principal());
    for parameter in in_order.chain(all) {
        if let Some(group) = &parameter.group
            && !principals.iter().any(|(_, known, _)| known == group)
        {
            let has_name = parameter.is_principal() && !parameter.name.is_empty();
            let name = if has_name { &parameter.name } else { group };
            principals.push((name, group, parameter.place));
        }
    }
    principals
}

/// The group of the principal that is asked for, or of the only one.
fn chosen(
    root: Node<'_, '_>,
    all: &[Parameter],
    wanted: Option<&str>,
    notes: &mut Vec<Note>,
) -> Result<Option<String>, MetadataError> {
    let principals = principals(all);
    let names: Vec<_> = principals.iter().map(|(name, ..)| shown(name)).collect();
    let names = names.join(", ");
    if let Some(wanted) = wanted {
        let mut known = principals.iter();
        let found = known.find(|(name, group, _)| *name == wanted || *group == wanted);
        return match found {
            Some((_, group, _)) => Ok(Some((*group).to_owned())),
            None if principals.is_empty() => {
                Err(fault(root, "it has no principals").hint("leave out --principal"))
            }
            None => Err(
                fault(root, format!("it has no principal {:?}", shown(wanted)))
                    .hint(format!("name one of {names}")),
            ),
        };
    }
    let (count, second) = match principals.as_slice() {
        [] => return Ok(None),
        [(_, group, _)] => return Ok(Some((*group).to_owned())),
        [_, (_, _, second), ..] => (principals.len(), *second),
    };
    // Parameters without a group are those of the credential.
    let are_own = |parameter: &Parameter| parameter.group.is_some() && !parameter.is_principal();
    if all.iter().any(are_own) {
        let problem = format!("it has {count} principals with parameters of their own: {names}");
        return Err(fault_at(second, problem).hint("name one with --principal NAME"));
    }
    let text = format!(
        "its {count} principals have no parameters of their own, so the scenario is the same for each \
         of them: {names}"
    );
    notes.push(note(second, text));
    Ok(None)
}

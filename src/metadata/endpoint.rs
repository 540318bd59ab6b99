//! A Named Credential of the newer model (`SecuredEndpoint`): where callouts go and what they
//! carry, while an External Credential says how they are authenticated.

use roxmltree::Node;

use super::headers::CustomHeader;
use super::toml_text::shown;
use super::value::is_formula;
use super::xml::{child, children, fault, note, parse, place, text_of};
use super::{MetadataError, Note};

/// What a Named Credential says beside its External Credential.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint {
    /// The URL that callouts begin with.
    pub url: String,
    /// The unique name of the External Credential, if it names one.
    pub external_credential: Option<String>,
    /// What the file says that a scenario cannot.
    pub(super) notes: Vec<Note>,
    pub(super) client_certificate: Option<String>,
    pub(super) headers: Vec<CustomHeader>,
}

impl Endpoint {
    /// Reads a `*.namedCredential-meta.xml` of the newer model.
    ///
    /// # Errors
    ///
    /// Text that is not XML, another type, and a Named Credential without a URL.
    pub fn read(text: &str) -> Result<Self, MetadataError> {
        let document = parse(text, "NamedCredential")?;
        let root = document.root_element();
        if !is_newer(root) {
            let problem =
                "this Named Credential has a protocol of its own and no External Credential";
            let hint = "read it alone with `import named-credential`";
            return Err(fault(root, problem).hint(hint));
        }
        Self::of(root)
    }

    pub(super) fn of(root: Node<'_, '_>) -> Result<Self, MetadataError> {
        let mut read = Self {
            url: text_of(root, "endpoint").unwrap_or_default(),
            external_credential: text_of(root, "externalCredential"),
            notes: Vec::new(),
            client_certificate: None,
            headers: Vec::new(),
        };
        for node in children(root).filter(|node| node.tag_name().name() == PARAMETERS) {
            read.take(node);
        }
        if read.url.is_empty() {
            return Err(fault(root, "a parameter of the type Url is missing"));
        }
        read.switches(root);
        Ok(read)
    }

    /// Takes in one parameter.
    fn take(&mut self, node: Node<'_, '_>) {
        let value = || text_of(node, "parameterValue");
        let kind = text_of(node, "parameterType").unwrap_or_default();
        match kind.as_str() {
            "Url" => {
                self.url = value().unwrap_or_default();
                if is_formula(&self.url) {
                    let text = "the URL has a formula in it; write `url` in [target], and its host \
                                in `allowed_hosts`";
                    self.notes.push(note(place(node), text));
                }
            }
            "Authentication" => {
                let name = text_of(node, "externalCredential");
                self.external_credential = name.or(self.external_credential.take());
            }
            "ClientCertificate" => {
                self.client_certificate = text_of(node, "certificate").or_else(value);
                if let Some(name) = &self.client_certificate {
                    self.notes.push(note(place(node), mutual_tls(name)));
                }
            }
            "HttpHeader" => self.headers.push(CustomHeader {
                name: text_of(node, "parameterName").unwrap_or_default(),
                value: value(),
                sequence: text_of(node, "sequenceNumber").and_then(|text| text.parse().ok()),
                place: place(child(node, "parameterValue").unwrap_or(node)),
                file: " of the Named Credential",
            }),
            "AllowedManagedPackageNamespaces"
            | "ConnectionStatus"
            | "CreatedByNamespace"
            | "ManagedByComponent"
            | "ManagedByFeature"
            | "ManagedByNamespace" => {}
            other => self.notes.push(note(
                place(node),
                format!("a parameter of the type {:?} is left out", shown(other)),
            )),
        }
    }

    /// Notes on the switches of the credential.
    fn switches(&mut self, root: Node<'_, '_>) {
        self.notes.extend(no_authorization(root));
        if let Some(node) = child(root, "calloutStatus")
            && text_of(root, "calloutStatus").as_deref() == Some("Disabled")
        {
            let text = "calloutStatus is Disabled: Salesforce makes no callouts with it, but the scenario does";
            self.notes.push(note(place(node), text));
        }
    }
}

/// The elements with the parameters.
const PARAMETERS: &str = "namedCredentialParameters";

/// Says that Salesforce writes no `Authorization`, if the file turns it off.
pub(super) fn no_authorization(root: Node<'_, '_>) -> Option<Note> {
    let node = child(root, "generateAuthorizationHeader")?;
    let text = "generateAuthorizationHeader is false: Salesforce sends no Authorization at all, \
                unless code or a custom header sets one; the scenario sends one anyway";
    let is_off = text_of(root, "generateAuthorizationHeader").as_deref() == Some("false");
    is_off.then(|| note(place(node), text))
}

/// The note on a certificate for mutual TLS.
pub(super) fn mutual_tls(certificate: &str) -> String {
    format!(
        "<certificate> {} is used for mutual TLS; import its key pair into the key folder too",
        shown(certificate)
    )
}

/// Whether a Named Credential leaves authentication to an External Credential.
pub(super) fn is_newer(root: Node<'_, '_>) -> bool {
    let names = ["namedCredentialType", PARAMETERS, "externalCredential"];
    let is_legacy = text_of(root, "namedCredentialType").as_deref() == Some("Legacy");
    let has_protocol = child(root, "protocol").is_some();
    !is_legacy && !has_protocol && names.into_iter().any(|name| child(root, name).is_some())
}

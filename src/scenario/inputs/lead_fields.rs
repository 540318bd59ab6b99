//! The standard fields of a Lead: how Salesforce names them, what reports call them, and their
//! types (Object Reference, Lead, Winter '26).

use crate::scenario::text::closest::closest;

/// The type of a field, as far as its JSON shows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::scenario) enum FieldType {
    /// A string.
    Text,
    /// A checkbox: true or false.
    Flag,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// A string of the form `YYYY-MM-DD`.
    Date,
    /// A string that begins with `YYYY-MM-DDT`.
    Datetime,
}

/// A standard field.
#[derive(Debug, Eq, PartialEq)]
pub(in crate::scenario) struct Field {
    /// Its API name.
    pub(in crate::scenario) name: &'static str,
    pub(in crate::scenario) kind: FieldType,
    /// What reports, the import wizard and people call it, beside its API name.
    labels: &'static [&'static str],
}

/// What a name stands for.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Found {
    /// A standard field, in whatever spelling.
    Field(&'static Field),
    /// A field of a record that the lead points to: `Owner.Name`.
    Path(Vec<String>),
    /// A field of the org's own: `Region__c`.
    Custom,
    /// A name that a field could have; no standard field has it.
    Unknown,
    /// A name that no field can have.
    NoField,
}

const fn field(name: &'static str, kind: FieldType, labels: &'static [&'static str]) -> Field {
    Field { name, kind, labels }
}

#[rustfmt::skip]
const FIELDS: &[Field] = &[
    field("Id", FieldType::Text, &["Lead ID"]),
    field("Salutation", FieldType::Text, &[]),
    field("FirstName", FieldType::Text, &[]),
    field("MiddleName", FieldType::Text, &[]),
    field("LastName", FieldType::Text, &[]),
    field("Suffix", FieldType::Text, &[]),
    field("Name", FieldType::Text, &["Full Name", "Lead Name"]),
    field("Company", FieldType::Text, &["Company / Account", "Company Name"]),
    field("Title", FieldType::Text, &["Job Title"]),
    field("Email", FieldType::Text, &["Email Address"]),
    field("Phone", FieldType::Text, &["Phone Number", "Business Phone"]),
    field("MobilePhone", FieldType::Text, &["Mobile"]),
    field("Fax", FieldType::Text, &["Fax Number"]),
    field("Website", FieldType::Text, &[]),
    field("Street", FieldType::Text, &[]),
    field("City", FieldType::Text, &[]),
    field("State", FieldType::Text, &["State/Province", "State/Province (text only)"]),
    field("StateCode", FieldType::Text, &["State/Province Code"]),
    field("PostalCode", FieldType::Text, &["Zip/Postal Code", "Zip", "Zip Code", "Postcode"]),
    field("Country", FieldType::Text, &["Country (text only)"]),
    field("CountryCode", FieldType::Text, &[]),
    field("Latitude", FieldType::Number, &[]),
    field("Longitude", FieldType::Number, &[]),
    field("GeocodeAccuracy", FieldType::Text, &[]),
    field("Address", FieldType::Text, &[]),
    field("LeadSource", FieldType::Text, &[]),
    field("Status", FieldType::Text, &["Lead Status"]),
    field("Industry", FieldType::Text, &[]),
    field("Rating", FieldType::Text, &["Lead Rating"]),
    field("CurrencyIsoCode", FieldType::Text, &["Lead Currency", "Annual Revenue Currency"]),
    field("AnnualRevenue", FieldType::Number, &["Annual Revenue (converted)"]),
    field("NumberOfEmployees", FieldType::Whole, &["No. of Employees", "Employees"]),
    field("Description", FieldType::Text, &[]),
    field("OwnerId", FieldType::Text, &["Lead Owner ID"]),
    field("RecordTypeId", FieldType::Text, &["Lead Record Type ID"]),
    field("HasOptedOutOfEmail", FieldType::Flag, &["Email Opt Out"]),
    field("HasOptedOutOfFax", FieldType::Flag, &["Fax Opt Out"]),
    field("DoNotCall", FieldType::Flag, &[]),
    field("IsUnreadByOwner", FieldType::Flag, &["Unread By Owner", "Unread"]),
    field("IsPriorityRecord", FieldType::Flag, &[]),
    field("IsDeleted", FieldType::Flag, &[]),
    field("IsConverted", FieldType::Flag, &["Converted"]),
    field("ConvertedDate", FieldType::Date, &[]),
    field("ConvertedAccountId", FieldType::Text, &[]),
    field("ConvertedContactId", FieldType::Text, &[]),
    field("ConvertedOpportunityId", FieldType::Text, &[]),
    field("CreatedDate", FieldType::Datetime, &["Create Date"]),
    field("CreatedById", FieldType::Text, &[]),
    field("LastModifiedDate", FieldType::Datetime, &["Last Modified"]),
    field("LastModifiedById", FieldType::Text, &[]),
    field("SystemModstamp", FieldType::Datetime, &[]),
    field("LastActivityDate", FieldType::Date, &["Last Activity"]),
    field("LastTransferDate", FieldType::Date, &[]),
    field("LastViewedDate", FieldType::Datetime, &[]),
    field("LastReferencedDate", FieldType::Datetime, &[]),
    field("EmailBouncedReason", FieldType::Text, &[]),
    field("EmailBouncedDate", FieldType::Datetime, &[]),
    field("Jigsaw", FieldType::Text, &["Data.com Key"]),
    field("JigsawContactId", FieldType::Text, &[]),
    field("CleanStatus", FieldType::Text, &[]),
    field("CompanyDunsNumber", FieldType::Text, &[]),
    field("DandbCompanyId", FieldType::Text, &[]),
    field("IndividualId", FieldType::Text, &[]),
    field("PartnerAccountId", FieldType::Text, &[]),
    field("MasterRecordId", FieldType::Text, &[]),
    field("PhotoUrl", FieldType::Text, &[]),
    field("Pronouns", FieldType::Text, &[]),
    field("GenderIdentity", FieldType::Text, &[]),
    field("FirstCallDateTime", FieldType::Datetime, &[]),
    field("FirstEmailDateTime", FieldType::Datetime, &[]),
];

/// Labels of reports that show a field of a record to which the lead points. A report has the
/// owner's name where the lead itself has an Id.
const PATHS: &[(&str, &[&str])] = &[
    (
        "Owner.Name",
        &["Lead Owner", "Owner Name", "Lead Owner: Full Name"],
    ),
    ("Owner.Alias", &["Lead Owner Alias", "Owner Alias"]),
    ("Owner.UserRole.Name", &["Lead Owner Role", "Owner Role"]),
    ("CreatedBy.Name", &["Created By", "Created By: Full Name"]),
    ("CreatedBy.Alias", &["Created Alias", "Created By Alias"]),
    (
        "LastModifiedBy.Name",
        &["Last Modified By", "Last Modified By: Full Name"],
    ),
    (
        "LastModifiedBy.Alias",
        &["Last Modified Alias", "Last Modified By Alias"],
    ),
    ("RecordType.Name", &["Lead Record Type", "Record Type"]),
];

/// The records that a lead points to, and what is often asked of them: for the capitals in which
/// Data Loader writes names.
const SEGMENTS: &[&str] = &[
    "Owner",
    "CreatedBy",
    "LastModifiedBy",
    "RecordType",
    "ConvertedAccount",
    "ConvertedContact",
    "ConvertedOpportunity",
    "MasterRecord",
    "PartnerAccount",
    "Individual",
    "UserRole",
    "Profile",
    "Manager",
    "Id",
    "Name",
    "FirstName",
    "LastName",
    "Email",
    "Alias",
    "Username",
    "DeveloperName",
    "StageName",
    "Amount",
];

/// The most records that a path may go through (SOQL: five levels up), and the field.
const SEGMENTS_MAX: usize = 6;

/// The longest name of a field with its namespace and its ending.
const NAME_BYTES_MAX: usize = 80;

/// A name without blanks around it and without the object, which reports of a custom type put
/// before it: `Lead: First Name`.
pub(in crate::scenario) fn bare(name: &str) -> &str {
    let name = name.trim();
    let of_lead = ["lead:", "lead."].iter().find_map(|object| {
        let (start, rest) = name.split_at_checked(object.len())?;
        start
            .eq_ignore_ascii_case(object)
            .then(|| rest.trim_start())
    });
    of_lead.filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// What a name of a column stands for. Case, blanks and punctuation do not count.
pub(in crate::scenario) fn find(name: &str) -> Found {
    let name = bare(name);
    if name.len() > NAME_BYTES_MAX * SEGMENTS_MAX {
        return Found::NoField;
    }
    if !name.contains("__") {
        let folded = folded(name);
        if let Some(field) = FIELDS
            .iter()
            .find(|field| field.spellings().any(|name| name == folded))
        {
            return Found::Field(field);
        }
        let labelled = PATHS
            .iter()
            .find(|(_, labels)| labels.iter().any(|label| self::folded(label) == folded));
        if let Some((path, _)) = labelled {
            return Found::Path(path.split('.').map(ToOwned::to_owned).collect());
        }
    }
    let segments: Vec<_> = name.split('.').collect();
    if segments.len() > SEGMENTS_MAX || !segments.iter().all(|segment| is_name(segment)) {
        return Found::NoField;
    }
    if segments.len() > 1 {
        return Found::Path(segments.into_iter().map(spelled).collect());
    }
    let ending = name.rsplit("__").next().unwrap_or_default();
    let is_custom = name.contains("__")
        && ["c", "r", "pc", "pr", "s", "latitude", "longitude"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known));
    if is_custom {
        Found::Custom
    } else {
        Found::Unknown
    }
}

/// The standard field that a name is most like, if it is like any.
pub(super) fn alike(name: &str) -> Option<&'static str> {
    let spellings: Vec<(String, &'static str)> = FIELDS
        .iter()
        .flat_map(|field| field.spellings().map(|spelling| (spelling, field.name)))
        .collect();
    let folded = folded(&name.chars().take(NAME_BYTES_MAX).collect::<String>());
    let like = closest(&folded, spellings.iter().map(|(one, _)| one.as_str()))?;
    spellings
        .iter()
        .find(|(one, _)| one == like)
        .map(|(_, name)| *name)
}

impl Field {
    /// Its name and its labels, folded.
    fn spellings(&self) -> impl Iterator<Item = String> {
        let names = std::iter::once(&self.name).chain(self.labels);
        names.map(|name| folded(name))
    }
}

/// Letters and digits alone, in lower case: `First Name`, `first_name` and `FIRSTNAME` are one.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a field or a relationship could be called so.
fn is_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A segment of a path in Salesforce's spelling, where it is known.
fn spelled(segment: &str) -> String {
    let known = SEGMENTS
        .iter()
        .find(|known| known.eq_ignore_ascii_case(segment));
    (*known.unwrap_or(&segment)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn name_of(name: &str) -> String {
        match find(name) {
            Found::Field(field) => field.name.to_owned(),
            Found::Path(path) => path.join("."),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn labels_and_spellings_are_known() {
        for (name, stands_for) in [
            ("FirstName", "FirstName"),
            ("First Name", "FirstName"),
            ("first_name", "FirstName"),
            ("firstName", "FirstName"),
            ("FIRSTNAME", "FirstName"),
            (" E-Mail ", "Email"),
            ("Company / Account", "Company"),
            ("Company/Account", "Company"),
            ("Zip/Postal Code", "PostalCode"),
            ("State/Province (text only)", "State"),
            ("No. of Employees", "NumberOfEmployees"),
            ("Lead ID", "Id"),
            ("Lead: Created Date", "CreatedDate"),
            ("Lead Source", "LeadSource"),
            ("lead.FirstName", "FirstName"),
            ("Lead: Lead Owner", "Owner.Name"),
            ("Lead.Region__c", "Custom"),
            ("Lead:", "NoField"),
            ("Lead Owner", "Owner.Name"),
            ("Owner.Name", "Owner.Name"),
            ("OWNER.NAME", "Owner.Name"),
            ("Owner.UserRole.Name", "Owner.UserRole.Name"),
            ("Campaign__r.Name", "Campaign__r.Name"),
            ("Region__c", "Custom"),
            ("acme__First_Name__c", "Custom"),
            ("First_Name__c", "Custom"),
            ("Region", "Unknown"),
            ("sf__Id", "Unknown"),
            ("Fav. colour", "NoField"),
            ("Straße", "NoField"),
            ("1st", "NoField"),
            ("a..b", "NoField"),
            ("_", "NoField"),
            ("", "NoField"),
        ] {
            assert_eq!(name_of(name), stands_for, "{name}");
        }
    }

    // What a conversion sets is stood in for by a column in any spelling.
    #[test]
    fn every_field_that_is_made_is_known() {
        for field in crate::plan::LeadField::ALL {
            assert_eq!(name_of(field.as_str()), field.as_str());
        }
    }

    // A label that two fields share would be read as the wrong one.
    #[test]
    fn no_spelling_is_of_two_fields() {
        let labels = PATHS.iter().flat_map(|(_, labels)| labels.iter());
        let names = FIELDS
            .iter()
            .flat_map(|field| std::iter::once(&field.name).chain(field.labels));
        let mut spellings: Vec<_> = names.chain(labels).map(|name| folded(name)).collect();
        let all = spellings.len();
        spellings.sort_unstable();
        spellings.dedup();
        assert_eq!(spellings.len(), all);
    }

    #[test]
    fn a_name_is_like_a_field() {
        assert_eq!(alike("Compny"), Some("Company"));
        assert_eq!(alike("Frist Name"), Some("FirstName"));
        assert_eq!(alike("ZIP/Postal-Cod"), Some("PostalCode"));
        assert_eq!(alike("xyzzy"), None);
    }
}

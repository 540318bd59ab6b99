//! Synthetic people: nobody real is ever posted.
//!
//! Mail goes to example.com (RFC 2606, section 3) and telephones to the numbers 555-0100
//! to 555-0199, which North America keeps for fiction.

use fake::Fake;
use fake::faker::address::en::{BuildingNumber, CityName, StateName, StreetName, ZipCode};
use fake::faker::company::en::{CompanyName, Profession};
use fake::faker::name::en::{FirstName, LastName};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use serde_json::Value;

const INDUSTRIES: [&str; 6] = [
    "Agriculture",
    "Biotechnology",
    "Consulting",
    "Manufacturing",
    "Retail",
    "Utilities",
];
const RATINGS: [&str; 3] = ["Cold", "Hot", "Warm"];
const SOURCES: [&str; 5] = [
    "Partner Referral",
    "Phone Inquiry",
    "Purchased List",
    "Trade Show",
    "Web",
];

/// Someone who could have filled in a form.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) company: String,
    pub(super) title: String,
    pub(super) phone: String,
    pub(super) street: String,
    pub(super) city: String,
    pub(super) state: String,
    pub(super) postal_code: String,
    pub(super) industry: &'static str,
    pub(super) rating: &'static str,
    pub(super) source: &'static str,
    pub(super) annual_revenue: u32,
    pub(super) employees: u32,
    pub(super) has_opportunity: bool,
}

impl Person {
    pub(super) fn new(rng: &mut impl Rng) -> Self {
        let area = rng.random_range(201..=989);
        let line = rng.random_range(100..=199);
        let building: String = BuildingNumber().fake_with_rng(rng);
        let street: String = StreetName().fake_with_rng(rng);
        Self {
            first_name: FirstName().fake_with_rng(rng),
            last_name: LastName().fake_with_rng(rng),
            company: CompanyName().fake_with_rng(rng),
            title: Profession().fake_with_rng(rng),
            phone: format!("+1 {area} 555-0{line}"),
            street: format!("{building} {street}"),
            city: CityName().fake_with_rng(rng),
            state: StateName().fake_with_rng(rng),
            postal_code: ZipCode().fake_with_rng(rng),
            industry: pick(&INDUSTRIES, rng),
            rating: pick(&RATINGS, rng),
            source: pick(&SOURCES, rng),
            annual_revenue: rng.random_range(1..=5_000) * 10_000,
            employees: rng.random_range(3..=5_000),
            // Four conversions in five make an opportunity; the rest ask for none.
            has_opportunity: rng.random_range(0..5) > 0,
        }
    }
}

impl Person {
    /// The fields that a person fills, in Salesforce's names and a fixed order.
    pub(super) fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("FirstName", self.first_name.as_str().into()),
            ("LastName", self.last_name.as_str().into()),
            ("Company", self.company.as_str().into()),
            ("Title", self.title.as_str().into()),
            ("Phone", self.phone.as_str().into()),
            ("Street", self.street.as_str().into()),
            ("City", self.city.as_str().into()),
            ("State", self.state.as_str().into()),
            ("PostalCode", self.postal_code.as_str().into()),
            ("Country", "United States".into()),
            ("LeadSource", self.source.into()),
            ("Industry", self.industry.into()),
            ("Rating", self.rating.into()),
            ("AnnualRevenue", self.annual_revenue.into()),
            ("NumberOfEmployees", self.employees.into()),
        ]
    }

    /// The letters of the name that may stand in a mailbox without quotes.
    pub(super) fn mailbox(&self) -> String {
        format!("{}.{}", self.first_name, self.last_name)
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
            .map(|c| c.to_ascii_lowercase())
            .collect()
    }
}

fn pick(choices: &[&'static str], rng: &mut impl Rng) -> &'static str {
    choices.choose(rng).copied().unwrap_or_default()
}

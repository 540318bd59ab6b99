//! Synthetic people, so that no real person is ever posted.
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
    /// The fields that a person fills, in Salesforce's names and a fixed order.
    pub(super) fields: Vec<(&'static str, Value)>,
    /// The letters of the name that may stand in a mailbox without quotes.
    pub(super) mailbox: String,
    pub(super) has_opportunity: bool,
}

impl Person {
    /// Draws a person; the order of the draws stays, so that a seed gives the same people.
    pub(super) fn new(rng: &mut impl Rng) -> Self {
        let area = rng.random_range(201..=989);
        let line = rng.random_range(100..=199);
        let building: String = BuildingNumber().fake_with_rng(rng);
        let street: String = StreetName().fake_with_rng(rng);
        let first_name: String = FirstName().fake_with_rng(rng);
        let last_name: String = LastName().fake_with_rng(rng);
        let mailbox = format!("{first_name}.{last_name}")
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let company: String = CompanyName().fake_with_rng(rng);
        let title: String = Profession().fake_with_rng(rng);
        let city: String = CityName().fake_with_rng(rng);
        let state: String = StateName().fake_with_rng(rng);
        let postal_code: String = ZipCode().fake_with_rng(rng);
        let industry = pick(&INDUSTRIES, rng);
        let rating = pick(&RATINGS, rng);
        let source = pick(&SOURCES, rng);
        let annual_revenue = rng.random_range(1..=5_000_u32) * 10_000;
        let employees = rng.random_range(3..=5_000_u32);
        Self {
            fields: vec![
                ("FirstName", first_name.into()),
                ("LastName", last_name.into()),
                ("Company", company.into()),
                ("Title", title.into()),
                ("Phone", format!("+1 {area} 555-0{line}").into()),
                ("Street", format!("{building} {street}").into()),
                ("City", city.into()),
                ("State", state.into()),
                ("PostalCode", postal_code.into()),
                ("Country", "United States".into()),
                ("LeadSource", source.into()),
                ("Industry", industry.into()),
                ("Rating", rating.into()),
                ("AnnualRevenue", annual_revenue.into()),
                ("NumberOfEmployees", employees.into()),
            ],
            mailbox,
            // Four conversions in five make an opportunity; the rest ask for none.
            has_opportunity: rng.random_range(0..5) > 0,
        }
    }
}

fn pick(choices: &[&'static str], rng: &mut impl Rng) -> &'static str {
    choices.choose(rng).copied().unwrap_or_default()
}

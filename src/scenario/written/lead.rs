//! `[lead]` as it is written.

use crate::plan::Dates;
use crate::scenario::table::forms::{Part, SizesValue};
use crate::scenario::table::keys::{Maybe, table};
use crate::scenario::table::value::{One, Text, Whole};
use crate::scenario::table::words::{FeedOrder, Shaped};

table! {
    /// What is posted: synthetic leads, your own template, or your own data.
    LeadTable {
        /// The shape of the JSON. `sobject` is what `JSON.serialize(lead)` writes.
        #[expect(dead_code, reason = "read for its problems; there is only one word")]
        shape: One<Shaped> = "sobject",
        /// Instead of `shape`: a JSON file with placeholders, its path relative to the scenario.
        /// Placeholders are `{{lead.Id}}`, `{{lead.Company}}` and so on, `{{seq}}`, `{{serial}}`,
        /// `{{uuid}}`, `{{external_id}}`, `{{run.id}}`, `{{now}}`, `{{now.iso}}`, `{{now.date}}`,
        /// `{{now.unix_ms}}`, `{{int 1 100}}`, `{{pick "a" "b"}}`, `{{digits 8}}` and
        /// `{{feed.column}}`.
        template: Maybe<Text<1, 4096>>,
        /// A file with your own records, its path relative to the scenario: cells whose first line names
        /// the columns (CSV, also with semicolons or tabs), or JSON (an object on each line, an array, or
        /// `{"records": [...]}`). Without a template its columns replace fields of the lead, by API name
        /// or by the label in reports; with one they are `{{feed.column}}`. People in it must be
        /// synthetic.
        feed: Maybe<Text<1, 4096>>,
        /// In which order the rows of `feed` are taken. After the last row the first follows again.
        feed_order: One<FeedOrder> = "sequential",
        /// How dates with a time are written: `sobject` (`2017-01-28T16:17:31.000+0000`), `iso`
        /// (`2018-06-24T21:05:07.899Z`, as an Apex class writes them), or `mixed`, some leads in each
        /// form. An API should accept both.
        dates: One<Dates> = "sobject",
        /// How large a body is: a size from 0.5 KB to 36 KB (`"2KB"`), sizes spread evenly
        /// (`{ min = "0.7KB", max = "36KB" }`) or log-normal (`{ p50 = "1.2KB", p99 = "8KB" }`). A
        /// `Description` fills a body that is too small; fields are left out of one that is too large.
        /// Without this key a body has about 0.9 KB.
        size: Maybe<SizesValue>,
        /// The share of leads that are sent twice, byte by byte the same: `"2%"`, 50 % at most.
        duplicates: Part = "0%",
        /// The field that holds the run's own number of a lead (`<run>-<load>-<number>`), so that a test
        /// system can be cleaned afterwards: `"leadbench_id__c"`. It replaces a field or a column of that
        /// name. `Id` and `attributes` are not allowed.
        external_id: Maybe<Text<1, 80>>,
        /// The seed of the random arrivals and leads. The same seed makes the same run.
        seed: Whole<0, 9_007_199_254_740_992> = 1,
    }
}

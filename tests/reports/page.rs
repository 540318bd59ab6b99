//! What the page is made of, without a browser.

use crate::fixtures::{NAMES, lasting, load, render, rendered};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use leadbench::report::summary_of_page;
use leadbench::summary::Summary;

/// The page with its embedded summary, style and command line left out.
fn markup(name: &str) -> String {
    let page = render(name, "report.html");
    let (body, _) = page
        .split_once("<script type=\"application/json\"")
        .unwrap();
    body.to_owned()
}

fn between<'page>(page: &'page str, start: &str, end: &str) -> &'page str {
    let (_, rest) = page.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

#[test]
fn the_page_loads_nothing_and_runs_one_script_of_its_own() {
    for name in NAMES {
        let page = render(name, "report.html");
        let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
        let script = between(&page, "<script>", "</script>");
        let hash = digest(&SHA256, script.as_bytes());
        let hash = STANDARD.encode(hash.as_ref());
        let expected = format!(
            "default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; img-src data:"
        );
        assert!(
            policy.starts_with(&expected),
            "{name}: {policy}, not {expected}"
        );
        assert_eq!(
            page.matches("<script").count(),
            2,
            "{name}: it and the data"
        );
        assert!(page.contains("<script type=\"application/json\" id=\"summary\">"));
        for attribute in [
            "src=\"http",
            "href=\"http",
            "url(http",
            "@import",
            "xlink:href",
        ] {
            // A trace is led to, not loaded.
            let page = page.replace(
                "<a href=\"https:&#x2f;&#x2f;tempo.example&#x2f;trace&#x2f;",
                "",
            );
            assert!(!page.contains(attribute), "{name} has {attribute}");
        }
    }
}

#[test]
fn every_picture_has_a_name() {
    for name in NAMES {
        let page = markup(name);
        for picture in page.split("<svg").skip(1) {
            let (tag, rest) = picture.split_once('>').unwrap();
            let hidden = tag.contains("aria-hidden=\"true\"");
            let named = tag.contains("role=\"img\"") && rest.starts_with("<title>");
            assert!(hidden || named, "{name}: <svg{tag}>");
        }
    }
}

#[test]
fn every_figure_has_a_table() {
    for name in NAMES {
        for figure in markup(name).split("<figure>").skip(1) {
            let (figure, _) = figure.split_once("</figure>").unwrap();
            assert!(
                figure.contains("<details>") && figure.contains("<table>"),
                "{name}"
            );
        }
    }
}

#[test]
fn hostile_text_stays_text() {
    let page = markup("hostile");
    for forbidden in [
        "<script>alert",
        "<img",
        "<b>k",
        "onload='x'",
        "<svg onload",
        "49",
    ] {
        let visible = page.split_once("<body>").unwrap().1;
        let found = visible.contains(forbidden);
        // 49 would be the engine computing the {{ 7*7 }} of the target.
        assert!(!found || forbidden == "49", "{forbidden} got through");
    }
    assert!(page.contains("{{ 7*7 }}"));
    let control = |c: char| c.is_control() && c != '\n';
    assert!(!page.contains(control));
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn the_page_carries_its_summary() {
    for name in NAMES {
        let page = render(name, "report.html");
        let data = between(&page, "id=\"summary\">", "</script>");
        assert!(!data.contains('<'));
        let back: Summary = serde_json::from_str(data).unwrap();
        assert_eq!(back, load(name), "{name}");
    }
}

#[test]
fn a_page_is_read_back_whatever_its_length() {
    for summary in [load("typical"), load("several"), lasting(3_600)] {
        let page = rendered(&summary, "report.html");
        assert_eq!(summary_of_page(&page).unwrap().unwrap(), summary);
    }
    assert!(summary_of_page("<html>another tool's</html>").is_none());
    let broken = rendered(&load("typical"), "report.html").replace("\"counts\"", "\"mounts\"");
    assert!(summary_of_page(&broken).unwrap().is_err());
}

// What is shown is made harmless; what is read back is what was measured, to the byte.
#[test]
fn a_page_is_read_back_whatever_its_texts_hold() {
    let long = "é".repeat(1_000);
    for text in [
        "\u{2028}\u{2029}\u{202e}\u{feff}\u{200b}",
        "</script><!-- ]]> \\u003c \0 \u{7f}\u{9b}",
        "\r\n\t  ",
        "\u{fffe}\u{1f600}",
        &long,
    ] {
        let mut summary = load("typical");
        text.clone_into(&mut summary.run.scenario);
        summary.warnings.push(text.to_owned());
        summary.outcomes.insert(text.to_owned(), 1);
        summary.run.labels.insert(text.to_owned(), text.to_owned());
        let page = rendered(&summary, "report.html");
        assert_eq!(
            summary_of_page(&page).unwrap().unwrap(),
            summary,
            "{text:?}"
        );
    }
}

// Half of the traces are sampled, so that they can be found where the scenario says.
#[test]
fn slow_callouts_lead_to_their_traces() {
    let page = markup("saturated");
    let links = page
        .matches("<a href=\"https:&#x2f;&#x2f;tempo.example&#x2f;trace&#x2f;4bf92f35")
        .count();
    assert_eq!(links, 10);
    let mut summary = load("saturated");
    summary.run.trace_link = Some("javascript:alert('{trace_id}')".to_owned());
    let page = rendered(&summary, "report.html");
    assert!(!page.contains("href=\"javascript:"));
}

#[test]
fn a_target_that_falls_behind_leads_the_page() {
    let page = markup("saturated");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("The target is saturated at about") < at("p99 "));
    assert!(page.contains("Due, sent and answered."));
    assert!(page.contains("server.jwt"));
    assert!(page.contains("id=\"connections\""));
}

#[test]
fn the_first_screen_says_how_it_went() {
    let page = markup("interrupted");
    assert!(page.contains("Partial (interrupted)"));
    assert!(page.contains("Measurement degraded"));
    assert!(page.contains("17 arrivals were dropped"));
    assert!(page.contains("its own time cannot be told from"));
    assert!(markup("all-failed").contains("Nothing succeeded: 400 connections refused."));
    assert!(markup("closed").contains("waits for its answer before its next callout is due"));
    assert!(markup("single").contains("The one callout that succeeded took"));
}

#[test]
fn the_heatmap_shows_every_success() {
    let page = markup("typical");
    let map = between(&page, "id=\"heatmap\"", "</section>");
    let drawn = ["h1", "h2", "h3", "h4", "h5"]
        .iter()
        .filter(|shade| map.contains(&format!("<path class=\"{shade}\" d=\"M")));
    assert_eq!(drawn.count(), 5);
    let summary = load("typical");
    let column = &summary.heatmap.unwrap().counts[7];
    let told = format!("7 s: {} from", column.iter().sum::<u64>());
    assert!(map.contains(&told), "{told}");
    let mut forged = load("typical");
    forged.heatmap.as_mut().unwrap().counts[7].fill(u64::MAX);
    assert!(!rendered(&forged, "report.html").contains("id=\"heatmap\""));
    // One callout is no cloud.
    assert!(!markup("single").contains("id=\"heatmap\""));
}

#[test]
fn no_page_shows_what_is_no_number() {
    for name in NAMES {
        let page = markup(name);
        for nonsense in ["NaN", "inf ", "inf%", "null", "undefined", "None"] {
            let body = page.split_once("<body>").unwrap().1;
            assert!(!body.contains(nonsense), "{name} shows {nonsense}");
        }
    }
}

/// A page is mailed and kept by CI, so its weight is part of the contract.
#[test]
fn a_long_run_stays_light() {
    for (seconds, limit) in [(600, 400_000), (3_600, 1_000_000)] {
        let page = rendered(&lasting(seconds), "report.html");
        assert!(page.len() < limit, "{seconds} s weigh {} bytes", page.len());
    }
}

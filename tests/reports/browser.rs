//! The page in a real browser: it runs clean under its own policy, by keyboard, by screen
//! reader, in the dark, and on a narrow screen.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::devtools::{ARROW_RIGHT, ENTER, TAB, Tab};
use crate::fixtures::{lasting, pages, render, rendered};
use crate::searches::{found, rendered_search};

const MISSING: &str = "axe-core is missing, so no page was looked at for its accessibility. \
                       scripts/test.sh fetches it, or: npm install --no-save --prefix target/npm axe-core";

const WIDE: u32 = 1280;

/// Opens everything that is folded away.
const UNFOLD: &str = "document.querySelectorAll('details').forEach(one => { one.open = true })";

/// Where `scripts/test.sh` puts the checker.
#[expect(clippy::disallowed_methods, reason = "the checker is a file")]
fn axe() -> String {
    let path = "target/npm/node_modules/axe-core/axe.min.js";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).expect(MISSING)
}

#[test]
fn a_page_asks_for_nothing_and_gives_no_cause_for_complaint() {
    let mut tab = Tab::open();
    for (name, page) in pages() {
        tab.show(&page);
        let requests = tab.requests();
        assert_eq!(requests.len(), 1, "{name}: {requests:#?}");
        assert!(requests[0].ends_with("/page.html"), "{name}: {requests:#?}");
        assert_eq!(tab.complaints(), [""; 0], "{name}");
        // What holds the summary is data, and nothing else is a script or comes from elsewhere.
        let loads = "document.querySelectorAll('script:not([type=\"application/json\"]), img, iframe, \
                     object, embed, link[rel=stylesheet]').length";
        assert_eq!(tab.evaluate(loads), 1, "{name}: the script of the cursor");
        assert_eq!(
            tab.evaluate("!!document.querySelector('footer')"),
            true,
            "{name}"
        );
    }
}

#[test]
fn what_a_target_says_is_shown_as_text() {
    let mut tab = Tab::open();
    tab.show(&render("hostile", "report.html"));
    let shown = tab.evaluate("document.body.innerText");
    assert!(
        shown
            .as_str()
            .unwrap()
            .contains("<script>alert(1)</script>")
    );
    for made in ["img", "b > img", "[onerror]", "[onload]"] {
        let found = tab.evaluate(&format!("document.querySelectorAll('{made}').length"));
        assert_eq!(found, 0, "{made}");
    }
    let is_safe = "[...document.links].every(link => link.protocol == 'file:')";
    assert_eq!(tab.evaluate(is_safe), true, "a link leads out of the page");
}

#[test]
fn every_chart_has_a_name_a_unit_and_a_table() {
    let mut tab = Tab::open();
    for (name, page) in pages() {
        tab.show(&page);
        let lacking = "[...document.querySelectorAll('figure')].filter(figure => {
            const named = [...figure.querySelectorAll('svg:not([aria-hidden])')].every(svg =>
                svg.getAttribute('role') == 'img' && svg.querySelector('title')?.textContent.trim());
            const title = figure.querySelector('figcaption b')?.textContent.trim();
            const rows = figure.querySelectorAll('details table tbody tr').length;
            return !named || !title || rows == 0;
        }).map(figure => figure.innerText.slice(0, 80))";
        assert_eq!(tab.evaluate(lacking), json!([]), "{name}");
    }
    tab.show(&render("typical", "report.html"));
    let charts = tab.evaluate("document.querySelectorAll('figure').length");
    assert!(charts.as_u64().unwrap() >= 8, "{charts} charts");
}

/// What has the focus, and whether it is seen to have it.
const FOCUS: &str = "(() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    return [one.tagName, [...document.querySelectorAll('a[href], summary, [tabindex]')].indexOf(one),
            style.outlineStyle != 'none' && parseFloat(style.outlineWidth) > 0];
})()";

#[test]
fn a_keyboard_reaches_and_opens_everything() {
    let mut tab = Tab::open();
    tab.emulate(WIDE, "light");
    tab.show(&render("typical", "report.html"));
    // A closed table is no place to stop at.
    let stops = "[...document.querySelectorAll('a[href], summary, [tabindex]')]
        .filter(one => one.checkVisibility()).length";
    let stops = tab.evaluate(stops).as_u64().unwrap();
    let mut places = Vec::new();
    for _ in 0..stops {
        tab.press("Tab", TAB);
        let focus = tab.evaluate(FOCUS);
        assert_eq!(focus[2], true, "nobody sees the focus of {focus}");
        places.push(focus[1].as_i64().unwrap());
    }
    assert!(places.is_sorted() && places[0] == 0, "{places:?}");
    places.dedup();
    assert_eq!(places.len() as u64, stops, "{places:?}");
    tab.evaluate("document.querySelector('figure summary').focus()");
    for is_open in [true, false] {
        tab.press("Enter", ENTER);
        let details = "document.querySelector('figure details').open";
        assert_eq!(tab.evaluate(details), is_open);
    }
}

// All charts of time show the same second; without a script they show what is under the pointer.
#[test]
fn charts_answer_to_keyboard_and_pointer_with_one_cursor() {
    let mut tab = Tab::open();
    tab.emulate(WIDE, "light");
    tab.show(&render("typical", "report.html"));
    tab.evaluate("document.querySelector('svg.over-time').focus()");
    for _ in 0..3 {
        tab.press("ArrowRight", ARROW_RIGHT);
    }
    let shown = "[...document.querySelectorAll('svg.over-time')].map(chart =>
        chart.querySelector('.hit.on')?.textContent.split(':')[0])";
    let shown_by_key = tab.evaluate(shown);
    let seconds = shown_by_key.as_array().unwrap();
    assert!(seconds.len() >= 4, "{seconds:?}");
    assert!(seconds.iter().all(|second| second == "2 s"), "{seconds:?}");
    let told = tab.evaluate("document.querySelector('[role=status]').textContent");
    assert!(told.as_str().unwrap().starts_with("2 s: "), "{told}");
    let moved = "(() => {
        const chart = document.querySelectorAll('svg.over-time')[1];
        const box = chart.getBoundingClientRect();
        const at = { clientX: box.left + box.width / 2, clientY: box.top + 60, bubbles: true };
        chart.dispatchEvent(new PointerEvent('pointermove', at));
        return document.querySelectorAll('svg.over-time .hit.on').length;
    })()";
    assert_eq!(tab.evaluate(moved), seconds.len());
    let left = "(() => {
        const chart = document.querySelectorAll('svg.over-time')[1];
        chart.dispatchEvent(new PointerEvent('pointerleave'));
        return document.querySelectorAll('.hit.on').length;
    })()";
    assert_eq!(tab.evaluate(left), 0);
}

// Loads are no time, so the chart of a search has a cursor of its own.
#[test]
fn the_chart_of_a_search_answers_to_the_keyboard() {
    let mut tab = Tab::open();
    tab.emulate(WIDE, "light");
    tab.show(&rendered_search(&found(), "search.html"));
    tab.evaluate("document.querySelector('svg.chart').focus()");
    for load in ["50/s", "150/s", "157.5/s"] {
        tab.press("ArrowRight", ARROW_RIGHT);
        let told = tab.evaluate("document.querySelector('[role=status]').textContent");
        let told = told.as_str().unwrap();
        assert!(told.starts_with(&format!("{load}: p50 ")), "{told}");
        assert!(told.contains(" passed"), "{told}");
        let shown = "document.querySelector('.hit.on text').textContent";
        assert_eq!(tab.evaluate(shown), told);
    }
}

/// The findings of the checker that keep somebody from reading the page.
#[track_caller]
fn serious_findings(tab: &mut Tab, axe: &str) -> Vec<Value> {
    tab.evaluate(&format!("{axe}; 0"));
    let found = tab.evaluate(
        "axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.map(one =>
            ({ id: one.id, impact: one.impact, at: one.nodes.slice(0, 3).map(node => node.html) })))",
    );
    let found = found.as_array().unwrap().clone();
    let serious = |one: &Value| one["impact"] == "serious" || one["impact"] == "critical";
    found.into_iter().filter(serious).collect()
}

#[track_caller]
fn assert_no_obstacle(scheme: &str) {
    let axe = axe();
    let mut tab = Tab::open();
    tab.emulate(WIDE, scheme);
    for (name, page) in pages() {
        tab.show(&page);
        // What is folded away is read as well.
        tab.evaluate(UNFOLD);
        let findings = serious_findings(&mut tab, &axe);
        assert!(findings.is_empty(), "{name}, {scheme}: {findings:#?}");
    }
}

#[test]
fn a_screen_reader_meets_no_serious_obstacle_by_day() {
    assert_no_obstacle("light");
}

#[test]
fn a_screen_reader_meets_no_serious_obstacle_by_night() {
    assert_no_obstacle("dark");
}

#[test]
fn the_checker_would_find_an_obstacle() {
    let mut tab = Tab::open();
    tab.show("<!doctype html><html><body><img src='data:,'><p style='color:#ccc'>pale</p>");
    assert!(!serious_findings(&mut tab, &axe()).is_empty());
}

#[test]
fn the_page_is_dark_where_the_reader_s_screen_is() {
    let mut tab = Tab::open();
    let page = render("typical", "report.html");
    let mut ground = |scheme| {
        tab.emulate(WIDE, scheme);
        tab.show(&page);
        let colour = "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3)
            .reduce((sum, part) => sum + Number(part), 0)";
        tab.evaluate(colour).as_f64().unwrap()
    };
    let (day, night) = (ground("light"), ground("dark"));
    assert!(
        day > 600.0 && night < 200.0,
        "by day {day}, by night {night}"
    );
}

#[test]
fn a_narrow_screen_scrolls_tables_and_never_the_page() {
    let mut tab = Tab::open();
    for (name, page) in pages() {
        tab.emulate(360, "light");
        tab.show(&page);
        tab.evaluate(UNFOLD);
        let beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(tab.evaluate(beyond), 0, "{name}");
    }
}

#[test]
fn a_narrow_screen_breaks_no_word() {
    let broken = r"[...document.querySelectorAll('dl:not(.long) dd')].flatMap(dd => {
        const text = dd.firstChild;
        return [...text.data.matchAll(/[^\s-]{1,12}(?![^\s-])/g)].filter(word => {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            return range.getClientRects().length > 1;
        }).map(word => word[0]);
    })";
    let mut tab = Tab::open();
    for width in [360, 520, 640] {
        tab.emulate(width, "light");
        for (name, page) in pages() {
            tab.show(&page);
            assert_eq!(tab.evaluate(broken), json!([]), "{name} at {width}");
        }
    }
}

// Time is not asserted here; that the page of an hour comes up whole is.
#[test]
fn an_hour_comes_up_whole() {
    let mut tab = Tab::open();
    tab.show(&rendered(&lasting(3_600), "report.html"));
    assert_eq!(tab.complaints(), [""; 0]);
    // A page is painted at its own time after it is loaded, and the call waits for that.
    let painted = "new Promise(done => new PerformanceObserver(list =>
        list.getEntriesByName('first-contentful-paint').length && done(true)
    ).observe({ type: 'paint', buffered: true }))";
    assert_eq!(tab.evaluate(painted), true);
    assert_eq!(tab.evaluate("!!document.querySelector('footer')"), true);
}

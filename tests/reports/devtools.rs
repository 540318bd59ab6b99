//! A real browser, driven over Chrome's `DevTools` Protocol.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// Names under which the browser is installed.
const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

const MISSING: &str = "no Chromium found, so the page was not opened in a browser. scripts/test.sh \
                       installs it, or: apt-get update && apt-get install -y chromium";

/// What the browser is told not to do: call home, above all.
const OPTIONS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
];

/// A tab of a browser that is stopped when dropped.
pub(crate) struct Tab {
    browser: Child,
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    calls: u64,
    /// Events since the last page was opened.
    events: Vec<Value>,
    folder: TempDir,
}

impl Tab {
    /// Starts a browser with an empty tab.
    #[track_caller]
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut browser = Command::new(browser().expect(MISSING))
            .args(OPTIONS)
            .arg(format!(
                "--user-data-dir={}",
                folder.path().join("profile").display()
            ))
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(browser.stderr.take().unwrap()).lines();
        let listening = |line: &String| line.contains("DevTools listening on ");
        let line = said.by_ref().map_while(Result::ok).find(listening);
        let line = line.expect("the browser does not say where it listens");
        let url = line.rsplit(' ').next().unwrap().to_owned();
        // Read on, so that it never waits for a reader.
        std::thread::spawn(move || said.for_each(drop));
        let authority = url.trim_start_matches("ws://").split('/').next().unwrap();
        let stream = TcpStream::connect(authority).unwrap();
        let (socket, _) = tungstenite::client(&url, stream).unwrap();
        let mut tab = Self {
            browser,
            socket,
            session: None,
            calls: 0,
            events: Vec::new(),
            folder,
        };
        let target = tab.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = tab.call("Target.attachToTarget", &attach);
        tab.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Network", "Runtime", "Log"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        tab
    }

    /// Opens a page from a file of its own, and waits until it is painted.
    #[track_caller]
    pub(crate) fn show(&mut self, page: &str) {
        let path = self.folder.path().join("page.html");
        write(&path, page);
        self.events.clear();
        let url = format!("file://{}", path.display());
        self.call("Page.navigate", &json!({ "url": url }));
        while !self.saw("Page.loadEventFired") {
            self.receive();
        }
        self.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))",
        );
    }

    /// What an expression comes to; a promise is waited for.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true,
        });
        let result = self.call("Runtime.evaluate", &parameters);
        assert!(
            result["exceptionDetails"].is_null(),
            "{expression}: {result}"
        );
        result["result"]["value"].clone()
    }

    /// Presses a key.
    #[track_caller]
    pub(crate) fn press(&mut self, key: &str, code: u32) {
        let key = json!({
            "type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": code,
        });
        let mut up = key.clone();
        up["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", &key);
        if code == ENTER {
            let mut character = key;
            character["type"] = json!("char");
            character["text"] = json!("\r");
            self.call("Input.dispatchKeyEvent", &character);
        }
        self.call("Input.dispatchKeyEvent", &up);
    }

    /// As on a screen of this width, in this colour scheme.
    #[track_caller]
    pub(crate) fn emulate(&mut self, width: u32, scheme: &str) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", &scheme);
    }

    /// The addresses that the page has asked for.
    pub(crate) fn requests(&self) -> Vec<&str> {
        self.of("Network.requestWillBeSent")
            .filter_map(|event| event["request"]["url"].as_str())
            .collect()
    }

    /// What the browser has to complain about, whatever the page does.
    pub(crate) fn complaints(&self) -> Vec<String> {
        [
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
            "Log.entryAdded",
        ]
        .into_iter()
        .flat_map(|kind| self.of(kind))
        .map(Value::to_string)
        .collect()
    }

    fn of<'t>(&'t self, kind: &'t str) -> impl Iterator<Item = &'t Value> {
        let is_of = move |event: &&Value| event["method"] == kind;
        self.events
            .iter()
            .filter(is_of)
            .map(|event| &event["params"])
    }

    fn saw(&self, kind: &str) -> bool {
        self.of(kind).next().is_some()
    }

    #[track_caller]
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut call = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(call.to_string())).unwrap();
        loop {
            let answer = self.receive();
            if answer["id"] == id {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    #[track_caller]
    fn receive(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().unwrap() {
                let message: Value = serde_json::from_str(&text).unwrap();
                if message["method"].is_string() {
                    self.events.push(message.clone());
                }
                return message;
            }
        }
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.browser.kill().unwrap_or_default();
        drop(self.browser.wait());
    }
}

/// Virtual key codes of the keys that are pressed.
pub(crate) const TAB: u32 = 9;
pub(crate) const ENTER: u32 = 13;
pub(crate) const ARROW_RIGHT: u32 = 39;

#[expect(
    clippy::disallowed_methods,
    reason = "the browser takes the page from a file"
)]
fn write(path: &Path, page: &str) {
    std::fs::write(path, page).unwrap();
}

#[expect(
    clippy::disallowed_methods,
    reason = "the browser is looked up on the PATH"
)]
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates = BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

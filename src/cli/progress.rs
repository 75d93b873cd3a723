//! Signs of life on a terminal for whatever takes longer than a second.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::Console;

/// What takes less time is not worth a bar.
const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(120);

/// A bar or spinner on stderr that shows itself after a second and goes away when dropped. Where stderr is no terminal,
/// or nothing but errors is wanted, there is none.
#[derive(Debug)]
pub struct Waiting {
    bar: ProgressBar,
    /// Dropping it ends the thread that waits to show the bar.
    stop: Option<Sender<()>>,
    timer: Option<JoinHandle<()>>,
}

impl Waiting {
    /// A spinner beside `message`.
    pub fn start(console: &Console, message: &'static str) -> Waiting {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(message);
        if console.quiet {
            return Waiting { bar, stop: None, timer: None };
        }
        let (stop, stopped) = mpsc::channel();
        let shown = bar.clone();
        let timer = std::thread::spawn(move || {
            if stopped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(TICK);
            }
        });
        Waiting { bar, stop: Some(stop), timer: Some(timer) }
    }

    /// What is being done now.
    pub fn say(&self, message: String) {
        self.bar.set_message(message);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(timer) = self.timer.take() {
            // The timer has nothing that can panic; if it did, there is just no bar.
            let _ = timer.join();
        }
        self.bar.finish_and_clear();
    }
}

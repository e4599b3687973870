//! A progress bar on standard error, if that is a terminal.

use std::{
    cell::RefCell,
    convert::Infallible,
    io::{IsTerminal, stderr},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{pace::Pace, report::Tally};

/// Often enough for the eye, and nothing to the processor.
const REDRAW: Duration = Duration::from_millis(200);

/// Shows how far a run is.
#[derive(Default)]
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A bar titled `title` for a terminal, nothing otherwise.
    pub fn on_terminal(title: &str, pace: &Pace) -> Progress {
        if !stderr().is_terminal() {
            return Progress::default();
        }
        let (length, template) = match pace.total {
            Some(total) => (Some(total), "{msg} {wide_bar} {pos}/{len} {per_sec} {eta}"),
            None => (None, "{msg} {spinner} {pos} {per_sec} {elapsed}"),
        };
        let style = ProgressStyle::with_template(template).expect("the templates are constants that parse");
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr()).with_style(style);
        bar.set_message(title.to_owned());
        Progress { bar: Some(bar) }
    }

    /// Follows the count of answers, for as long as it is polled.
    pub async fn follow(&self, tally: &RefCell<Tally>) -> Infallible {
        let Some(bar) = &self.bar else { return std::future::pending().await };
        loop {
            tokio::time::sleep(REDRAW).await;
            let answered = {
                let tally = tally.borrow();
                tally.succeeded() + tally.failed()
            };
            bar.set_position(answered);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

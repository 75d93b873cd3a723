//! Simulated faults at every call of the device: right results, from a fresh device if need be, or an error that says what happened.
//! Never other numbers, and the engine works again afterwards.

#[path = "../common/mod.rs"]
mod common;

mod calls;
mod fits;

use common::run::interpreter;
use evalgrad::device::Call::{Buffer, Kernel, Submission};
use evalgrad::device::Fault::{Late, Lost, OutOfMemory, Refused, Skipped, Unsent};
use evalgrad::device::{Call, Context, ContextOptions, DeviceError, Fault, Faults, Selection, Work};
use evalgrad::{Device, Engine};

/// All that is simulated.
const FAULTS: [(Call, Fault); 12] = [
    (Buffer, Lost),
    (Buffer, OutOfMemory),
    (Buffer, Refused),
    (Kernel, Lost),
    (Kernel, OutOfMemory),
    (Kernel, Refused),
    (Submission, Lost),
    (Submission, OutOfMemory),
    (Submission, Refused),
    (Submission, Unsent),
    (Submission, Skipped),
    (Submission, Late),
];

fn options(faults: &Faults) -> ContextOptions {
    ContextOptions { faults: faults.clone(), ..ContextOptions::default() }
}

/// An engine on a GPU where these faults happen.
fn engine(faults: &Faults) -> Engine {
    let engine = Engine::with_interpreter(Device::Gpu, interpreter().clone()).expect("an engine");
    engine.with_context_options(options(faults))
}

/// Runs `body` with a fault at the first call of this kind, at the second, and so on, until there is none of that number. Gives how many
/// faults there were.
fn at_every_call((call, fault): (Call, Fault), mut body: impl FnMut(&Engine, usize)) -> usize {
    for number in 0..1000 {
        let faults = Faults::at(&[(call, number, fault)]);
        body(&engine(&faults), number);
        if faults.happened() == 0 {
            return number;
        }
    }
    panic!("{call:?}: more than a thousand calls");
}

/// Can a fresh device take the place of one with this fault?
fn is_loss((call, fault): (Call, Fault)) -> bool {
    !matches!((call, fault), (_, OutOfMemory) | (Kernel, Refused))
}

#[test]
fn work_that_was_never_sent_leaves_no_result() {
    let faults = Faults::at(&[(Submission, 1, Unsent), (Submission, 3, Unsent)]);
    let context = Context::open_with(&Selection::Best, options(&faults)).expect("an adapter");
    let buffers = [1u32, 2].map(|word| context.buffer_from("x", &[word; 64]).expect("a buffer"));
    let submit = |work: Work| context.submit(work, std::time::Duration::from_secs(9));
    let read = |index: usize| {
        let mut work = Work::new("a read");
        let all = work.read(&buffers[index]);
        submit(work).map(|result| result.get::<u32>(all))
    };
    assert_eq!(read(0), Ok(vec![1; 64]));
    // The buffer for results that comes next holds the ones of before.
    let error = read(1).expect_err("nothing ran");
    assert!(matches!(error, DeviceError::NotRun { .. }) && error.is_gone(), "{error}");
    assert_eq!(read(1), Ok(vec![2; 64]));
    // Work without a result leaves its trace, too.
    let mut work = Work::new("a copy");
    work.copy(&buffers[0], 0, &buffers[1], 0, 256);
    assert!(matches!(submit(work), Err(DeviceError::NotRun { .. })));
    assert_eq!(read(1), Ok(vec![2; 64]));
    assert_eq!(faults.happened(), 2);
}

#[test]
fn a_refused_kernel_is_named_and_a_lost_context_stays_lost() {
    let text = "@compute @workgroup_size(1) fn nothing() {}";
    let faults = Faults::at(&[(Kernel, 0, Refused), (Buffer, 1, Lost)]);
    let context = Context::open_with(&Selection::Best, options(&faults)).expect("an adapter");
    let error = context.kernel("nothing", text, "nothing", &[]).expect_err("it is refused");
    assert_eq!(error.to_string(), "kernel `nothing`: the driver refuses it: a simulated fault");
    assert!(!error.is_gone());
    context.kernel("nothing", text, "nothing", &[]).expect("the driver takes the second one");
    let buffer = context.buffer("x", 4).expect("a buffer");
    for _ in 0..2 {
        assert!(matches!(context.buffer("y", 4), Err(DeviceError::Lost(_))));
        assert!(matches!(context.write(&buffer, 0, &[1u32]), Err(DeviceError::Lost(_))));
        assert!(context.is_lost());
    }
}

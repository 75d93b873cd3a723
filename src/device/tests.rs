//! Tests on a device: exactness, readback, stamps, and errors that must not pass for results.

use std::time::{Duration, Instant};

use super::probe::{Protection, probe_with};
use super::testing::context;
use super::{Binding, BoundsChecks, Context, DeviceError, Exactness, KernelOptions, Selection, Work, probe};

const SECONDS: Duration = Duration::from_secs(20);

/// Adds `step[0]` to each word of `x` and leaves `step[1]` in `summary[0]`.
const ADD: &str = "
    @group(0) @binding(0) var<storage, read_write> x: array<u32>;
    @group(0) @binding(1) var<storage, read> step: array<u32>;
    @group(0) @binding(2) var<storage, read_write> summary: array<u32>;
    @compute @workgroup_size(64) fn add(@builtin(global_invocation_id) id: vec3<u32>) {
        if id.x < arrayLength(&x) { x[id.x] = x[id.x] + step[0]; }
        if id.x == 0u { summary[0] = step[1]; }
    }";
const ADD_BINDINGS: [Binding; 3] = [Binding::ReadWrite, Binding::ReadOnly, Binding::ReadWrite];

fn differing(report: &super::ProbeReport) -> Vec<&'static str> {
    let required = report.properties.iter().filter(|property| property.required && property.differing > 0);
    required.map(|property| property.name).collect()
}

#[test]
fn software_devices_are_exact_with_decoration_and_with_barriers() {
    let Some(context) = context("the probe") else {
        return;
    };
    let report = probe(context).unwrap();
    println!("{}\n{report}", context.adapter());
    // Hardware may round division and flush subnormals as Vulkan allows; software adapters have no such excuse.
    if !context.adapter().is_hardware() {
        assert!(report.is_ieee(), "{report}");
        let barrier = probe_with(context, Protection::Barrier).unwrap();
        assert!(barrier.is_ieee(), "{barrier}");
    }
}

#[test]
fn the_probe_sees_what_an_unprotected_driver_does() {
    let Some(context) = context("the unprotected probe") else {
        return;
    };
    let report = probe_with(context, Protection::None).unwrap();
    println!("{report}");
    if context.adapter().driver.contains("llvmpipe") || context.adapter().name.contains("llvmpipe") {
        let names = differing(&report);
        assert!(names.contains(&"(a+b)-a") && names.contains(&"error of a+b (two-sum)"), "{report}");
        assert!(!report.is_ieee());
    }
}

#[test]
fn steps_run_in_order_and_several_reads_come_back() {
    let Some(context) = context("steps in order") else {
        return;
    };
    let kernel = context.kernel("add", ADD, "add", &ADD_BINDINGS).unwrap();
    assert_eq!(kernel.workgroup_size(), [64, 1, 1]);
    let start: Vec<u32> = (0..100).collect();
    let x = context.buffer_from("x", &start).unwrap();
    let grown = context.buffer("grown", 800).unwrap();
    let stamp = context.next_stamp();
    let step = context.buffer_from("step", &[7u32, stamp]).unwrap();
    let summary = context.buffer("summary", 16).unwrap();
    let mut work = Work::new("add twice");
    work.dispatch(&kernel, &[&x, &step, &summary], [2, 1]);
    work.dispatch(&kernel, &[&x, &step, &summary], [2, 1]);
    work.copy(&x, 0, &grown, 400, 400);
    work.clear(&x);
    let (cleared, part, all) = (work.read(&x), work.read_range(&grown, 396..408), work.read(&grown));
    work.expect(&summary, 0, stamp);
    let result = context.submit(work, SECONDS).unwrap();
    assert_eq!(result.get::<u32>(cleared), vec![0; 100]);
    assert_eq!(result.get::<u32>(part), vec![0, 14, 15]);
    let expected: Vec<u32> = vec![0; 100].into_iter().chain(14..114).collect();
    assert_eq!(result.get::<u32>(all), expected);
}

#[test]
fn an_absent_stamp_is_an_error() {
    let Some(context) = context("an absent stamp") else {
        return;
    };
    let kernel = context.kernel("add", ADD, "add", &ADD_BINDINGS).unwrap();
    let x = context.buffer("x", 64).unwrap();
    let step = context.buffer_from("step", &[1u32, 1]).unwrap();
    let summary = context.buffer("summary", 4).unwrap();
    let mut work = Work::new("no workgroup at all");
    let stamp = context.next_stamp().max(2);
    work.dispatch(&kernel, &[&x, &step, &summary], [0, 1]);
    work.expect(&summary, 0, stamp);
    let error = context.submit(work, SECONDS).unwrap_err();
    assert_eq!(error, DeviceError::NotRun { what: "no workgroup at all".to_owned(), expected: stamp, found: 0 });
}

fn kernel_error(context: &Context, text: &str, bindings: &[Binding]) -> String {
    match context.kernel("k", text, "main", bindings) {
        Err(DeviceError::Kernel { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn kernels_that_disagree_with_their_bindings_are_refused() {
    let Some(context) = context("kernel errors") else {
        return;
    };
    let text = "@group(0) @binding(0) var<storage, read> x: array<f32>;
        @compute @workgroup_size(1) fn main() { _ = x[0]; }";
    assert!(context.kernel("k", text, "main", &[Binding::ReadOnly]).is_ok());
    assert!(kernel_error(context, text, &[]).contains("binding 0"));
    assert!(kernel_error(context, text, &[Binding::ReadWrite]).contains("ReadWrite"));
    assert!(kernel_error(context, "@compute @workgroup_size(1) fn other() {}", &[]).contains("no compute entry"));
    assert!(kernel_error(context, "@compute @workgroup_size(1) fn main() { let x = y; }", &[]).contains('y'));
    let huge = context.limits().invocations + 1;
    let huge = format!("@compute @workgroup_size({huge}) fn main() {{}}");
    assert!(kernel_error(context, &huge, &[]).contains("invocations"));
}

#[test]
fn wrong_work_is_refused_and_the_context_lives_on() {
    let Some(context) = context("wrong work") else {
        return;
    };
    let kernel = context.kernel("add", ADD, "add", &ADD_BINDINGS).unwrap();
    let x = context.buffer("x", 10).unwrap();
    assert_eq!(x.bytes(), 12);
    let invalid = |fill: &dyn Fn(&mut Work)| {
        let mut work = Work::new("wrong");
        fill(&mut work);
        match context.submit(work, SECONDS) {
            Err(DeviceError::Invalid { message, .. }) => message,
            other => panic!("{other:?}"),
        }
    };
    assert!(invalid(&|work| work.dispatch(&kernel, &[&x], [1, 1])).contains("binds 3 buffers"));
    // wgpu itself refuses a buffer in two roles at once.
    assert!(!invalid(&|work| work.dispatch(&kernel, &[&x, &x, &x], [1, 1])).is_empty());
    assert!(invalid(&|work| work.copy(&x, 4, &x, 0, 12)).contains("inside 12 bytes"));
    assert!(invalid(&|work| _ = work.read_range(&x, 2..6)).contains("whole words"));
    assert!(matches!(context.write(&x, 8, &[0u32; 2]), Err(DeviceError::Invalid { .. })));
    assert!(context.write(&x, 8, &[0u32; 1]).is_ok());
    let limit = context.limits().binding_bytes;
    let error = context.buffer("arena", limit + 1).unwrap_err();
    assert!(matches!(error, DeviceError::TooLarge { .. }) && error.is_memory(), "{error}");
}

#[test]
fn work_that_takes_too_long_is_a_timeout() {
    let Some(context) = context("a timeout") else {
        return;
    };
    let text = "@group(0) @binding(0) var<storage, read_write> x: array<u32>;
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            var state = x[id.x];
            for (var i = 0u; i < x[64]; i = i + 1u) { state = state * 1664525u + 1013904223u + x[id.x]; }
            x[id.x] = state;
        }";
    let kernel = context.kernel("slow", text, "main", &[Binding::ReadWrite]).unwrap();
    let mut words = vec![1u32; 65];
    words[64] = 5_000_000;
    let x = context.buffer_from("x", &words).unwrap();
    let mut work = Work::new("slow work");
    work.dispatch(&kernel, &[&x], [1, 1]);
    let begun = Instant::now();
    let pending = context.start(work).unwrap();
    let error = pending.wait(Duration::from_millis(1)).unwrap_err();
    assert!(matches!(error, DeviceError::Timeout { .. }), "{error} after {:?}", begun.elapsed());
    // The next submission waits behind it and is none the worse.
    let mut work = Work::new("after it");
    let read = work.read_range(&x, 256..260);
    assert_eq!(context.submit(work, SECONDS).unwrap().get::<u32>(read), vec![5_000_000]);
}

#[test]
fn bounds_checks_do_what_they_say() {
    let Some(context) = context("bounds checks") else {
        return;
    };
    let text = "@group(0) @binding(0) var<storage, read_write> x: array<u32>;
        @compute @workgroup_size(1) fn main() { x[1] = x[x[0]]; x[x[0]] = 9u; }";
    let run = |bounds| {
        let options = KernelOptions { bounds, ..KernelOptions::default() };
        let kernel = context.kernel_with("bounds", text, "main", &[Binding::ReadWrite], options).unwrap();
        let x = context.buffer_from("x", &[100u32, 1, 2, 3]).unwrap();
        let mut work = Work::new("bounds");
        work.dispatch(&kernel, &[&x], [1, 1]);
        let all = work.read(&x);
        context.submit(work, SECONDS).unwrap().get::<u32>(all)
    };
    if context.exactness() == Exactness::Decorated {
        assert_eq!(run(BoundsChecks::Restrict), [100, 3, 2, 9]);
        assert_eq!(run(BoundsChecks::ReadZeroSkipWrite), [100, 0, 2, 3]);
    }
}

#[test]
fn a_context_serves_threads_at_once() {
    let Some(context) = context("threads") else {
        return;
    };
    let kernel = context.kernel("add", ADD, "add", &ADD_BINDINGS).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4u32 {
            let kernel = &kernel;
            scope.spawn(move || {
                let x = context.buffer_from("x", &[thread; 64]).unwrap();
                let summary = context.buffer("summary", 4).unwrap();
                for round in 1..=5 {
                    let stamp = context.next_stamp();
                    let step = context.buffer_from("step", &[10u32, stamp]).unwrap();
                    let mut work = Work::new("threads");
                    work.dispatch(kernel, &[&x, &step, &summary], [1, 1]);
                    work.expect(&summary, 0, stamp);
                    let all = work.read(&x);
                    let result = context.submit(work, SECONDS).unwrap();
                    assert_eq!(result.get::<u32>(all), vec![thread + 10 * round; 64]);
                }
            });
        }
    });
}

#[test]
fn a_lost_device_is_an_error_everywhere_and_no_panic() {
    if context("a lost device").is_none() {
        return;
    }
    let context = Context::open(&Selection::Best).unwrap();
    let kernel = context.kernel("add", ADD, "add", &ADD_BINDINGS).unwrap();
    let x = context.buffer("x", 64).unwrap();
    let mut work = Work::new("before the loss");
    let all = work.read(&x);
    let pending = context.start(work).unwrap();
    context.device.destroy();
    // Work that was sent before the loss may finish or not, but not with values of its own.
    if let Ok(result) = pending.wait(SECONDS) {
        assert_eq!(result.get::<u32>(all), [0; 16]);
    }
    let mut work = Work::new("after the loss");
    work.dispatch(&kernel, &[&x, &x, &x], [1, 1]);
    work.read(&x);
    assert!(context.submit(work, SECONDS).is_err());
    assert!(context.buffer("y", 64).is_err());
    assert!(context.write(&x, 0, &[1u32]).is_err());
    assert!(context.kernel("add", ADD, "add", &ADD_BINDINGS).is_err());
}

#[test]
fn plain_text_with_barriers_is_exact_on_software_devices() {
    if context("the path of Metal and DX12").is_none() {
        return;
    }
    let mut context = Context::open(&Selection::Best).unwrap();
    context.exactness = Exactness::Barrier;
    let report = probe(&context).unwrap();
    assert!(report.is_ieee() || context.adapter().is_hardware(), "{report}");
}

/// The thread that polls a mapping to its end need not be the one that waits for it.
#[test]
fn threads_that_share_a_device_all_get_their_results() {
    if context("threads").is_none() {
        return;
    }
    // A device of its own: that of the other tests would be busy all the time.
    let context = &Context::open(&Selection::Best).unwrap();
    let run = |thread: u32| {
        let x = context.buffer_from("x", &[thread; 16]).unwrap();
        for _ in 0..4000 {
            let mut work = Work::new("read");
            let all = work.read(&x);
            assert_eq!(context.submit(work, SECONDS).unwrap().get::<u32>(all), [thread; 16]);
        }
    };
    std::thread::scope(|scope| (0..8).for_each(|thread| drop(scope.spawn(move || run(thread)))));
}

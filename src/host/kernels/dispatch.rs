//! One body, compiled for several instruction sets; the best that the machine has is chosen at run time.
//!
//! A [`Job`] is a set of arguments whose `run` is inlined into a function per instruction set, so that its loops
//! are vectorised for each. Nothing is contracted to fused multiply-adds: all sets give the same bits.
//!
//! A [`Sweep`] is the same as a type: what it compiles to is a [`Kernel`], which whoever runs it many times looks up once.

use std::sync::LazyLock;

/// Work to be compiled for every instruction set. `run` must be `#[inline(always)]`, and all that it calls.
pub(super) trait Job {
    /// What it answers.
    type Output;
    /// Does it.
    fn run(self) -> Self::Output;
}

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InstructionSet(Level);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl InstructionSet {
    /// Those that this machine has, the best one last.
    pub(super) fn all() -> Vec<InstructionSet> {
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut, reason = "there are no others"))]
        let mut all = vec![InstructionSet(Level::Baseline)];
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if avx2 {
                all.push(InstructionSet(Level::Avx2));
            }
            if avx2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512cd")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
            {
                all.push(InstructionSet(Level::Avx512));
            }
        }
        all
    }

    /// Does the work with this instruction set.
    #[inline(always)]
    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        match self.0 {
            Level::Baseline => baseline(job),
            // SAFETY: only `all` makes an `InstructionSet`, and it found these features on this machine.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2(job) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { avx512(job) },
        }
    }
}

/// Loops over lanes, to be compiled for every instruction set. `run` must be `#[inline(always)]`, and all that it calls.
pub(super) trait Sweep<A: Arguments> {
    /// Does them.
    fn run(arguments: A::Of<'_>);
}

/// What sweeps of one kind work on.
pub trait Arguments {
    /// While it is borrowed for so long.
    type Of<'a>;
}

/// A sweep compiled for an instruction set that this machine has.
pub struct Kernel<A: Arguments>(for<'a> unsafe fn(A::Of<'a>));

impl<A: Arguments> Clone for Kernel<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: Arguments> Copy for Kernel<A> {}

impl<A: Arguments> Kernel<A> {
    /// Does its loops.
    #[inline(always)]
    pub(super) fn run(self, arguments: A::Of<'_>) {
        // SAFETY: only `InstructionSet::kernel` makes a `Kernel`, of features that this machine has.
        unsafe { (self.0)(arguments) }
    }
}

impl InstructionSet {
    /// A sweep's kernel for this instruction set.
    pub(super) fn kernel<A: Arguments, S: Sweep<A>>(self) -> Kernel<A> {
        Kernel(match self.0 {
            Level::Baseline => sweep_baseline::<A, S>,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => sweep_avx2::<A, S>,
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => sweep_avx512::<A, S>,
        })
    }

    /// The best one that this machine has.
    #[inline(always)]
    pub(super) fn best() -> InstructionSet {
        static BEST: LazyLock<InstructionSet> =
            LazyLock::new(|| InstructionSet::all().last().copied().unwrap_or(InstructionSet(Level::Baseline)));
        *BEST
    }
}

/// Does the work with the best instruction set.
#[inline(always)]
pub(super) fn run_on_best<J: Job>(job: J) -> J::Output {
    InstructionSet::best().run(job)
}

#[inline(never)]
fn baseline<J: Job>(job: J) -> J::Output {
    job.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<J: Job>(job: J) -> J::Output {
    job.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl")]
fn avx512<J: Job>(job: J) -> J::Output {
    job.run()
}

fn sweep_baseline<A: Arguments, S: Sweep<A>>(arguments: A::Of<'_>) {
    S::run(arguments);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn sweep_avx2<A: Arguments, S: Sweep<A>>(arguments: A::Of<'_>) {
    S::run(arguments);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl")]
fn sweep_avx512<A: Arguments, S: Sweep<A>>(arguments: A::Of<'_>) {
    S::run(arguments);
}

//! Compiled kernels, kept in the user's cache folder for the next process, where the driver lets them be kept (Vulkan).
//!
//! In: a device and a folder. Out: a cache that every pipeline is made with, and a file. Always: the driver gets back only what
//! it gave, whole: a file begins with the digest of the rest, and one that does not fit counts as none. Deliberately absent: errors. What
//! cannot be kept is compiled again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use crate::cache;

/// Bytes of a file at most: it is read whole when a device opens.
const LARGEST: usize = 64 << 20;
/// Bytes of a digest.
const DIGEST: usize = 32;

/// The pipelines of a device.
#[derive(Debug)]
pub(super) struct Pipelines {
    cache: wgpu::PipelineCache,
    path: PathBuf,
    /// Was a pipeline made since the file was read?
    is_newer: AtomicBool,
}

impl Pipelines {
    /// The file of an adapter in the user's folder; `None` where nothing is kept.
    pub fn path(info: &wgpu::AdapterInfo) -> Option<PathBuf> {
        let key = wgpu::util::pipeline_cache_key(info)?;
        Some(cache::folder(|name| std::env::var_os(name))?.join(format!("{key}.bin")))
    }

    /// What the file has; `device` has the feature `PIPELINE_CACHE`.
    pub fn open(device: &wgpu::Device, path: &Path) -> Pipelines {
        let file = fs::read(path).unwrap_or_default();
        let kept = file.split_at_checked(DIGEST).filter(|(digest, data)| Sha256::digest(data)[..] == **digest);
        let descriptor = wgpu::PipelineCacheDescriptor {
            label: Some("pipelines"),
            data: kept.map(|(_, data)| data),
            fallback: true,
        };
        // SAFETY: the data is what `get_data` gave an earlier process, as its digest shows; whether it is this adapter's and this
        // driver's wgpu and the driver look themselves.
        let cache = unsafe { device.create_pipeline_cache(&descriptor) };
        Pipelines { cache, path: path.to_owned(), is_newer: AtomicBool::new(false) }
    }

    /// To make a pipeline with.
    pub fn cache(&self) -> &wgpu::PipelineCache {
        self.is_newer.store(true, Ordering::Relaxed);
        &self.cache
    }
}

impl Drop for Pipelines {
    fn drop(&mut self) {
        if !self.is_newer.load(Ordering::Relaxed) {
            return;
        }
        let Some(data) = self.cache.get_data().filter(|data| data.len() <= LARGEST) else { return };
        let mut file = Sha256::digest(&data).to_vec();
        file.extend(data);
        let _ = cache::write(&self.path, &file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::testing::context;

    #[test]
    fn what_a_driver_gave_comes_back_whole_or_not_at_all() {
        let Some(context) = context("a cache of pipelines") else { return };
        assert!(context.device.features().contains(wgpu::Features::PIPELINE_CACHE), "Vulkan has it");
        let folder = std::env::temp_dir().join(format!("evalgrad-pipelines-{}", std::process::id()));
        let path = folder.join("kept.bin");
        let length = |path: &Path| fs::metadata(path).map(|file| file.len()).unwrap_or(0);
        drop(Pipelines::open(&context.device, &path));
        assert!(!path.exists(), "nothing was made");
        for _ in 0..2 {
            Pipelines::open(&context.device, &path).cache();
            assert!(length(&path) > DIGEST as u64);
        }
        let whole = fs::read(&path).expect("a file");
        for broken in [&whole[..DIGEST / 2], &[&whole[..], b"more"].concat(), b""] {
            fs::write(&path, broken).expect("a file");
            Pipelines::open(&context.device, &path).cache();
            assert_eq!(fs::read(&path).expect("a file"), whole, "what does not fit its digest is written over");
        }
        fs::remove_dir_all(&folder).expect("it was there");
    }
}

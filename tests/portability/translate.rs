//! naga's four back ends write every kernel: SPIR-V, Metal, HLSL and GLSL ES.

use naga::back::{glsl, hlsl, msl, spv};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::{AddressSpace, ResourceBinding, ShaderStage};

use super::{Checked, checked};

const CHECKS: BoundsCheckPolicies = BoundsCheckPolicies {
    index: BoundsCheckPolicy::Restrict,
    buffer: BoundsCheckPolicy::Restrict,
    image_load: BoundsCheckPolicy::Restrict,
    binding_array: BoundsCheckPolicy::Restrict,
};

/// The bindings of a kernel.
fn bindings(kernel: &Checked) -> impl Iterator<Item = (ResourceBinding, AddressSpace)> {
    let variables = kernel.module.global_variables.iter();
    variables.filter_map(|(_, variable)| variable.binding.map(|binding| (binding, variable.space)))
}

fn entry(kernel: &Checked) -> (ShaderStage, String) {
    (ShaderStage::Compute, kernel.entry().name.clone())
}

#[test]
fn spir_v() {
    for kernel in checked() {
        let (shader_stage, entry_point) = entry(&kernel);
        let options = spv::Options { lang_version: (1, 3), bounds_check_policies: CHECKS, ..Default::default() };
        let pipeline = spv::PipelineOptions { shader_stage, entry_point };
        let words = spv::write_vec(&kernel.module, &kernel.info, &options, Some(&pipeline));
        let words = words.unwrap_or_else(|error| panic!("{}: {error}", kernel.name));
        assert_eq!(words[..2], [0x0723_0203, 0x0001_0300], "{}: SPIR-V 1.3", kernel.name);
    }
}

#[test]
fn metal() {
    for kernel in checked() {
        let (stage, name) = entry(&kernel);
        let mut resources = msl::EntryPointResources { sizes_buffer: Some(30), ..Default::default() };
        for (slot, (binding, _)) in bindings(&kernel).enumerate() {
            let target = msl::BindTarget { buffer: Some(slot as u8), mutable: true, ..Default::default() };
            resources.resources.insert(binding, target);
        }
        let options = msl::Options {
            lang_version: (2, 0),
            per_entry_point_map: [(name.clone(), resources)].into_iter().collect(),
            fake_missing_bindings: false,
            bounds_check_policies: CHECKS,
            zero_initialize_workgroup_memory: false,
            force_loop_bounding: false,
            ..Default::default()
        };
        let pipeline = msl::PipelineOptions { entry_point: Some((stage, name)), ..Default::default() };
        let written = msl::write_string(&kernel.module, &kernel.info, &options, &pipeline);
        let (text, translation) = written.unwrap_or_else(|error| panic!("{}: {error}", kernel.name));
        assert!(translation.entry_point_names.iter().all(Result::is_ok), "{}", kernel.name);
        assert!(text.contains("kernel void "), "{}: no kernel in {text}", kernel.name);
    }
}

#[test]
fn hlsl() {
    for kernel in checked() {
        let options = hlsl::Options {
            shader_model: hlsl::ShaderModel::V6_0,
            binding_map: (0..)
                .zip(bindings(&kernel))
                .map(|(register, (binding, _))| (binding, hlsl::BindTarget { register, ..Default::default() }))
                .collect(),
            fake_missing_bindings: false,
            zero_initialize_workgroup_memory: false,
            force_loop_bounding: false,
            ..Default::default()
        };
        let pipeline = hlsl::PipelineOptions { entry_point: Some(entry(&kernel)) };
        let mut text = String::new();
        let written = hlsl::Writer::new(&mut text, &options, &pipeline).write(&kernel.module, &kernel.info, None);
        let reflection = written.unwrap_or_else(|error| panic!("{}: {error}", kernel.name));
        assert!(reflection.entry_point_names.iter().all(Result::is_ok), "{}", kernel.name);
        assert!(text.contains("numthreads"), "{}: no kernel in {text}", kernel.name);
    }
}

#[test]
fn glsl() {
    for kernel in checked() {
        let (shader_stage, entry_point) = entry(&kernel);
        // GLSL counts the two kinds of buffers apart.
        let of_kind =
            |uniform: bool| bindings(&kernel).filter(move |(_, space)| (*space == AddressSpace::Uniform) == uniform);
        let slots = [false, true].into_iter().flat_map(|kind| of_kind(kind).map(|(binding, _)| binding).zip(0u8..));
        let options = glsl::Options {
            version: glsl::Version::new_gles(310),
            binding_map: slots.collect(),
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        };
        let pipeline = glsl::PipelineOptions { shader_stage, entry_point, multiview: None };
        let mut text = String::new();
        let writer = glsl::Writer::new(&mut text, &kernel.module, &kernel.info, &options, &pipeline, CHECKS);
        let written = writer.and_then(|mut writer| writer.write());
        written.unwrap_or_else(|error| panic!("{}: {error}", kernel.name));
        assert!(text.starts_with("#version 310 es"), "{}: {text}", kernel.name);
        assert!(text.contains("void main()"), "{}: no kernel in {text}", kernel.name);
    }
}

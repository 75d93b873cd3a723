//! Every kernel stays within WebGPU's default limits and those of WGSL's text.

use naga::{AddressSpace, ArraySize, Handle, Type, TypeInner};

use super::{Checked, checked};

/// Default limits of WebGPU (section 3.6.2) by what they count.
const STORAGE_BUFFERS: usize = 8;
const UNIFORM_BUFFERS: usize = 12;
const BINDINGS: usize = 1_000;
const UNIFORM_BYTES: u32 = 64 << 10;
const STORAGE_BYTES: u32 = 128 << 20;
const WORKGROUP_BYTES: u32 = 16 << 10;
const INVOCATIONS: u32 = 256;
const INVOCATIONS_BY_AXIS: [u32; 3] = [256, 256, 64];
/// Limits of WGSL (section 2.4): bytes of a module's private variables, and of a function's; elements of an array whose
/// length is in the text; members of a structure; parameters of a function; braces within braces.
const PRIVATE_BYTES: u32 = 8 << 10;
const FUNCTION_BYTES: u32 = 8 << 10;
const ELEMENTS: u32 = 65_535;
const MEMBERS: usize = 1_023;
const PARAMETERS: usize = 255;
const BRACES: usize = 127;

/// Bytes of a type; of one without an end, what its smallest value has.
fn bytes(kernel: &Checked, ty: Handle<Type>) -> u32 {
    kernel.module.types[ty].inner.size(kernel.module.to_ctx())
}

/// Bytes of all variables of a space.
fn bytes_of(kernel: &Checked, space: AddressSpace) -> u32 {
    let variables = kernel.module.global_variables.iter().filter(|(_, variable)| variable.space == space);
    variables.map(|(_, variable)| bytes(kernel, variable.ty)).sum()
}

#[test]
fn buffers() {
    for kernel in checked() {
        let name = kernel.name;
        let mut places = Vec::new();
        let (mut storage, mut uniform) = (0, 0);
        for (_, variable) in kernel.module.global_variables.iter() {
            let size = bytes(&kernel, variable.ty);
            match variable.space {
                AddressSpace::Uniform => {
                    uniform += 1;
                    assert!(size <= UNIFORM_BYTES, "{name}: a uniform of {size} bytes");
                }
                AddressSpace::Storage { .. } => {
                    storage += 1;
                    assert!(size <= STORAGE_BYTES, "{name}: a storage buffer of {size} bytes at least");
                }
                AddressSpace::WorkGroup | AddressSpace::Private => continue,
                other => panic!("{name}: a variable in {other:?}"),
            }
            let place = variable.binding.expect("a buffer has a binding");
            assert_eq!(place.group, 0, "{name}: the device layer knows one group");
            places.push(place.binding as usize);
        }
        assert!(storage <= STORAGE_BUFFERS, "{name}: {storage} storage buffers");
        assert!(uniform <= UNIFORM_BUFFERS, "{name}: {uniform} uniform buffers");
        assert!(places.iter().all(|&place| place < BINDINGS), "{name}: bindings {places:?}");
        let count = places.len();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), count, "{name}: two variables at one binding");
    }
}

#[test]
fn workgroups() {
    for kernel in checked() {
        let (name, size) = (kernel.name, kernel.entry().workgroup_size);
        let invocations: u32 = size.iter().product();
        assert!((1..=INVOCATIONS).contains(&invocations), "{name}: {invocations} invocations in a workgroup");
        assert!(size.iter().zip(INVOCATIONS_BY_AXIS).all(|(&size, most)| size <= most), "{name}: {size:?}");
        let workgroup = bytes_of(&kernel, AddressSpace::WorkGroup);
        assert!(workgroup <= WORKGROUP_BYTES, "{name}: {workgroup} bytes of workgroup memory");
    }
}

#[test]
fn variables_and_types() {
    for kernel in checked() {
        let name = kernel.name;
        let private = bytes_of(&kernel, AddressSpace::Private);
        assert!(private <= PRIVATE_BYTES, "{name}: {private} bytes of private variables");
        let functions = kernel.module.functions.iter().map(|(_, function)| function);
        for function in functions.chain([&kernel.entry().function]) {
            let own: u32 = function.local_variables.iter().map(|(_, variable)| bytes(&kernel, variable.ty)).sum();
            assert!(own <= FUNCTION_BYTES, "{name}: {own} bytes of variables in {:?}", function.name);
            let parameters = function.arguments.len();
            assert!(parameters <= PARAMETERS, "{name}: {parameters} parameters of {:?}", function.name);
        }
        for (_, ty) in kernel.module.types.iter() {
            match &ty.inner {
                TypeInner::Array { size: ArraySize::Constant(elements), .. } => {
                    assert!(elements.get() <= ELEMENTS, "{name}: an array of {elements}");
                }
                TypeInner::Struct { members, .. } => assert!(members.len() <= MEMBERS, "{name}: {:?}", ty.name),
                _ => {}
            }
        }
    }
}

#[test]
fn braces() {
    for kernel in checked() {
        let (mut depth, mut deepest) = (0usize, 0);
        for byte in kernel.text.bytes() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        assert_eq!(depth, 0, "{}: braces close", kernel.name);
        assert!((1..=BRACES).contains(&deepest), "{}: braces {deepest} deep", kernel.name);
    }
}

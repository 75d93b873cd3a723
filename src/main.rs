use evalgrad::machine::work::{Answer, Column, Segment, Work};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let interp = evalgrad::Interpreter::bootstrap().unwrap_or_else(|e| { println!("{e}"); std::process::exit(1) });
    if args[1] == "dis" { println!("{}", interp.image().disassembly(0)); return; }
    let program = match evalgrad::Program::parse(&args[1]) { Ok(p) => p, Err(e) => { println!("{e}"); return; } };
    let lanes: usize = args.iter().find_map(|a| a.strip_prefix("lanes=")).map_or(1, |v| v.parse().unwrap());
    let gpu = args.iter().any(|a| a == "gpu");
    let t = std::time::Instant::now();
    let ex = gpu.then(|| evalgrad::device::Executor::open(&evalgrad::device::Selection::Best).unwrap());
    if gpu { println!("open {:?}", t.elapsed()); }
    for road in ["interpreted", "direct"] {
        let mut image = interp.image().clone();
        let first = image.code.len() as u32;
        let start = if road == "direct" { image.direct(program.graph().unwrap()).unwrap() } else { image.interpreted(program.core()).unwrap() };
        if args.len() > 2 && args[2] == "-d" { println!("{}", image.disassembly(first)); }
        let columns: Vec<Column> = program.inputs().iter().map(|i| {
            let v = args.iter().find_map(|a| a.strip_prefix(&format!("{}=", i.name))).map(|v| v.parse().unwrap()).or(i.start).unwrap_or(1.0);
            Column::Uniform(v)
        }).collect();
        let n = columns.len();
        let segments = [Segment { start, columns, lanes }];
        let work = Work { image: &image, segments: &segments, budgets: Default::default(), arenas: None, gradient: true, fuel: None };
        for _ in 0..3 {
            let t = std::time::Instant::now();
            let e = evalgrad::host::execute::<f32>(&work);
            let d = t.elapsed();
            println!("{road} host: {:?} {:?} in {:?} {:.1} ns/lane", e[0].answers[0].as_ref().map(Answer::written), &e[0].gradients[..n], d, d.as_nanos() as f64 / lanes as f64);
            if let Some(ex) = &ex {
                let t = std::time::Instant::now();
                let g = ex.execute(&work).unwrap();
                let d = t.elapsed();
                println!("{road} gpu: {:?} {:?} in {:?} {:.1} ns/lane", g[0].answers[0].as_ref().map(Answer::written), &g[0].gradients[..n], d, d.as_nanos() as f64 / lanes as f64);
                assert_eq!(format!("{:?}{:?}", e[0].answers, e[0].gradients), format!("{:?}{:?}", g[0].answers, g[0].gradients));
            }
        }
    }
}

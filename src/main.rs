use evalgrad::machine::work::{Answer, Column, Segment, Work};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let interp = evalgrad::Interpreter::bootstrap().unwrap_or_else(|e| { println!("{e}"); std::process::exit(1) });
    if args[1] == "dis" { println!("{}", interp.image().disassembly(0)); return; }
    let program = match evalgrad::Program::parse(&args[1]) { Ok(p) => p, Err(e) => { println!("{e}"); return; } };
    for road in ["interpreted", "direct"] {
        let mut image = interp.image().clone();
        let first = image.code.len() as u32;
        let start = if road == "direct" { image.direct(program.graph().unwrap()).unwrap() } else { image.interpreted(program.core()).unwrap() };
        if args.len() > 2 && args[2] == "-d" { println!("{}", image.disassembly(first)); }
        let columns: Vec<Column> = program.inputs().iter().map(|i| {
            let v = args.iter().find_map(|a| a.strip_prefix(&format!("{}=", i.name))).map(|v| v.parse().unwrap()).or(i.start).unwrap_or(1.0);
            Column::Uniform(v)
        }).collect();
        let segments = [Segment { start, columns, lanes: 1 }];
        let work = Work { image: &image, segments: &segments, budgets: Default::default(), arenas: None, gradient: true, fuel: None };
        let t = std::time::Instant::now();
        let traced = evalgrad::host::trace::<f32>(&work, 0, 0);
        println!("{road}: {:?} {:?} steps {} in {:?}", traced.answer.as_ref().map(Answer::written), traced.gradient, traced.steps, t.elapsed());
        println!("{}", evalgrad::tape::listing(&traced.tape, &program.inputs().iter().map(|i| i.name.clone()).collect::<Vec<_>>()).unwrap().lines().take(20).collect::<Vec<_>>().join("\n"));
    }
}

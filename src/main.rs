//! The command.
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let o = casebook::engine::RunOptions {
        config: a[1].clone().into(),
        sample: a.get(2).is_some_and(|x| x == "sample"),
        ..Default::default()
    };
    match casebook::engine::run(&o, &mut |p| {
        if !matches!(p, casebook::engine::Progress::Generating(_)) {
            eprintln!("{p:?}")
        }
    }) {
        Ok(s) => eprintln!("{s:#?}"),
        Err(e) => {
            eprintln!("error: {e} {:?}\n hint {:?}", std::error::Error::source(&e), e.hint());
        }
    }
}

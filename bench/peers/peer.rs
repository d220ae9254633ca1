// A peer of bench/run: starknet-crypto, and pathfinder-crypto after "pathfinder:", with the
// protocol of bench/bench_stark.c.
use std::io::{BufRead, Write};
use std::time::Instant;

use pathfinder_crypto::{hash as pathfinder, Felt as PathfinderFelt};
use starknet_crypto::{
    get_public_key, pedersen_hash, poseidon_hash, rfc6979_generate_k, sign, verify, Felt,
};

const SAMPLE_NS: u128 = 40_000_000;

fn measure(mut run: impl FnMut()) -> f64 {
    let mut count: u64 = 1;
    loop {
        let start = Instant::now();
        for _ in 0..count {
            run();
        }
        let elapsed = start.elapsed().as_nanos();
        if elapsed >= SAMPLE_NS / 2 {
            return elapsed as f64 / count as f64;
        }
        count *= 2;
    }
}

fn answer(name: &str) -> Option<f64> {
    let secret = Felt::from_hex_unchecked("0x400000000000012345678987654320000000000000003");
    let mut message = Felt::from_hex_unchecked("0x5d3a8378500478b36a152987cc3e22504ad884");
    let public = get_public_key(&secret);
    let mut a = PathfinderFelt::from_hex_str("0x5d3a8378500478b36a152987cc3e22504ad884").ok()?;
    let b = PathfinderFelt::from_hex_str("0x400000000000012345678987654320000000003").ok()?;
    Some(match name {
        "public_key" => measure(|| {
            std::hint::black_box(get_public_key(std::hint::black_box(&secret)));
        }),
        "sign" => measure(|| {
            message += Felt::ONE;
            let k = rfc6979_generate_k(&message, &secret, None);
            std::hint::black_box(sign(&secret, &message, &k).is_ok());
        }),
        "verify" => {
            let k = rfc6979_generate_k(&message, &secret, None);
            let signature = sign(&secret, &message, &k).ok()?;
            measure(|| {
                let valid = verify(&public, &message, &signature.r, &signature.s);
                std::hint::black_box(valid.is_ok());
            })
        }
        "pedersen" => measure(|| message = pedersen_hash(&message, &secret)),
        "hades" => measure(|| message = poseidon_hash(message, secret)),
        "pathfinder:pedersen" => measure(|| a = pathfinder::pedersen_hash(a, b)),
        "pathfinder:hades" => measure(|| {
            a = pathfinder::poseidon::poseidon_hash(a.into(), b.into()).into();
        }),
        _ => return None,
    })
}

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        match answer(&line) {
            Some(nanoseconds) => println!("{nanoseconds:.3}"),
            None => println!("none"),
        }
        let _ = std::io::stdout().flush();
    }
}

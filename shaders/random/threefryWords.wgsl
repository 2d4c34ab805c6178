// error: exact
// Threefry-2x32 with 20 rounds: a keyed bijection of the counter (Salmon, Moraes, Dror & Shaw 2011, "Parallel random
// numbers: as easy as 1, 2, 3"). Two 32-bit words of key, two of counter, two random words out.
// Rotations to the left by r are written b * 2^r | b >> (32 - r): compilers for GPUs make the same rotation of it, and
// software adapters, which shift lane by lane, save a quarter of the time. Constants beside a vector stand as u32(…), so
// that the same text, with vec4<u32> for u32, serves four counters at once.
struct ThreefryWords { x: u32, y: u32 }

fn threefryWords(k0: u32, k1: u32, c0: u32, c1: u32) -> ThreefryWords {
  let k2 = k0 ^ k1 ^ u32(0x1bd11bdau);
  var a = c0 + k0;
  var b = c1 + k1;
  a += b; b = ((b * 8192u) | (b >> u32(19u))) ^ a;
  a += b; b = ((b * 32768u) | (b >> u32(17u))) ^ a;
  a += b; b = ((b * 67108864u) | (b >> u32(6u))) ^ a;
  a += b; b = ((b * 64u) | (b >> u32(26u))) ^ a;
  a += k1; b += k2 + 1u;
  a += b; b = ((b * 131072u) | (b >> u32(15u))) ^ a;
  a += b; b = ((b * 536870912u) | (b >> u32(3u))) ^ a;
  a += b; b = ((b * 65536u) | (b >> u32(16u))) ^ a;
  a += b; b = ((b * 16777216u) | (b >> u32(8u))) ^ a;
  a += k2; b += k0 + 2u;
  a += b; b = ((b * 8192u) | (b >> u32(19u))) ^ a;
  a += b; b = ((b * 32768u) | (b >> u32(17u))) ^ a;
  a += b; b = ((b * 67108864u) | (b >> u32(6u))) ^ a;
  a += b; b = ((b * 64u) | (b >> u32(26u))) ^ a;
  a += k0; b += k1 + 3u;
  a += b; b = ((b * 131072u) | (b >> u32(15u))) ^ a;
  a += b; b = ((b * 536870912u) | (b >> u32(3u))) ^ a;
  a += b; b = ((b * 65536u) | (b >> u32(16u))) ^ a;
  a += b; b = ((b * 16777216u) | (b >> u32(8u))) ^ a;
  a += k1; b += k2 + 4u;
  a += b; b = ((b * 8192u) | (b >> u32(19u))) ^ a;
  a += b; b = ((b * 32768u) | (b >> u32(17u))) ^ a;
  a += b; b = ((b * 67108864u) | (b >> u32(6u))) ^ a;
  a += b; b = ((b * 64u) | (b >> u32(26u))) ^ a;
  return ThreefryWords(a + k2, b + k0 + 5u);
}

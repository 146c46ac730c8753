/*
 * The benchmark's loop in C: the same TLB (any geometry, true LRU, entries tagged by context), the same
 * walk in two dimensions with the same checks, over the same tables. Two layouts of the TLB:
 *
 *   LAYOUT 1  as the engine has it: halves of tags in arrays of their own, compared as vectors, a byte
 *             of age for each way
 *   LAYOUT 2  whole tags, the ways of a set in the order of their last use, moved at each hit
 *
 * bench TABLES CR3 EPTROOT L1SETS L1WAYS L2SETS L2WAYS STREAM...
 * For each line on standard input, the number of a stream, it runs that on an empty TLB and prints
 * nanoseconds, sum, L1 hits, L2 hits and misses.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__SSE4_1__)
#include <immintrin.h>
#endif

typedef uint64_t u64;
typedef uint32_t u32;

/* ---- the TLB ---- */

#define PRESENT (1u << 31)

typedef struct {
  u32 setMask, ways, stride, ageStride;
  u32 *lows, *highs;
  u64 *tags, *payloads;
  uint8_t *ages;
} Array;

static Array l1, l2;
static u32 own = PRESENT | (1u << 15);

static void *fresh(size_t bytes) {
  void *at = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
  memset(at, 0, (bytes + 63) & ~(size_t)63);
  return at;
}

static void openArray(Array *a, u32 sets, u32 ways) {
  a->setMask = sets - 1;
  a->ways = ways;
  a->stride = ways <= 4 ? 4 : ways <= 8 ? 8 : (ways + 15) & ~15u;
  a->ageStride = (ways + 15) & ~15u;
  if (a->stride > 16) exit(3);
  a->lows = fresh(4ul * sets * a->stride);
  a->highs = fresh(4ul * sets * a->stride);
  a->tags = fresh(8ul * sets * a->stride);
  a->payloads = fresh(8ul * sets * a->stride);
  a->ages = fresh((size_t)sets * a->ageStride);
}

static void emptyArray(Array *a) {
  u32 places = (a->setMask + 1) * a->stride;
  memset(a->lows, 0, 4ul * places);
  memset(a->highs, 0, 4ul * places);
  memset(a->tags, 0, 8ul * places);
  for (u32 set = 0; set <= a->setMask; set++)
    for (u32 way = 0; way < a->ageStride; way++)
      a->ages[set * a->ageStride + way] = way < a->ways ? way : 0x7f;
}

#if LAYOUT == 1

static inline int pick(u32 mask, const u32 *highs, u32 high) {
  while (mask) {
    int way = __builtin_ctz(mask);
    if (highs[way] == high) return way;
    mask &= mask - 1;
  }
  return -1;
}

static inline int find(const Array *a, u32 set, u32 low, u32 high) {
  const u32 *at = a->lows + (size_t)set * a->stride;
  const u32 *highs = a->highs + (size_t)set * a->stride;
#if defined(__AVX2__)
  if (a->stride == 4) {
    __m128i same = _mm_cmpeq_epi32(_mm_load_si128((const __m128i *)at), _mm_set1_epi32(low));
    return pick(_mm_movemask_ps(_mm_castsi128_ps(same)), highs, high);
  }
  __m256i wanted = _mm256_set1_epi32(low);
  __m256i same = _mm256_cmpeq_epi32(_mm256_load_si256((const __m256i *)at), wanted);
  u32 mask = _mm256_movemask_ps(_mm256_castsi256_ps(same));
  if (a->stride == 16) {
    same = _mm256_cmpeq_epi32(_mm256_load_si256((const __m256i *)(at + 8)), wanted);
    mask |= (u32)_mm256_movemask_ps(_mm256_castsi256_ps(same)) << 8;
  }
  return pick(mask, highs, high);
#else
  u32 mask = 0;
  for (u32 way = 0; way < a->stride; way++) mask |= (u32)(at[way] == low) << way;
  return pick(mask, highs, high);
#endif
}

static inline void touch(Array *a, u32 set, int way) {
  uint8_t *at = a->ages + (size_t)set * a->ageStride;
#if defined(__SSE4_1__)
  __m128i lanes = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m128i age = _mm_set1_epi8(at[way]);
  __m128i ages = _mm_load_si128((__m128i *)at);
  __m128i older = _mm_sub_epi8(ages, _mm_cmplt_epi8(ages, age));
  __m128i self = _mm_cmpeq_epi8(lanes, _mm_set1_epi8(way));
  _mm_store_si128((__m128i *)at, _mm_andnot_si128(self, older));
#else
  uint8_t age = at[way];
  for (u32 other = 0; other < 16; other++) at[other] += at[other] < age;
  at[way] = 0;
#endif
}

static inline u64 *insert(Array *a, u32 set, u32 low, u32 high, u64 payload) {
  uint8_t *at = a->ages + (size_t)set * a->ageStride;
  u32 way;
#if defined(__SSE4_1__)
  __m128i last = _mm_set1_epi8(a->ways - 1);
  __m128i ages = _mm_load_si128((__m128i *)at);
  __m128i victim = _mm_cmpeq_epi8(ages, last);
  way = __builtin_ctz(_mm_movemask_epi8(victim));
  __m128i older = _mm_sub_epi8(ages, _mm_cmplt_epi8(ages, last));
  _mm_store_si128((__m128i *)at, _mm_andnot_si128(victim, older));
#else
  way = 0;
  for (u32 other = 0; other < 16; other++) {
    if (at[other] == a->ways - 1) way = other;
    else at[other] += at[other] < a->ways - 1;
  }
  at[way] = 0;
#endif
  size_t place = (size_t)set * a->stride + way;
  a->lows[place] = low;
  a->highs[place] = high;
  a->payloads[place] = payload;
  return &a->payloads[place];
}

static inline u64 *seek(Array *a, u32 low, u32 high) {
  u32 set = low & a->setMask;
  int way = find(a, set, low, high);
  if (way < 0) return NULL;
  touch(a, set, way);
  return &a->payloads[(size_t)set * a->stride + way];
}

#else /* LAYOUT 2 */

static inline u64 *toFront(Array *a, size_t first, u32 way, u64 tag, u64 payload) {
  u64 *tags = a->tags + first, *payloads = a->payloads + first;
  for (u32 to = way; to > 0; to--) {
    tags[to] = tags[to - 1];
    payloads[to] = payloads[to - 1];
  }
  tags[0] = tag;
  payloads[0] = payload;
  return payloads;
}

static inline u64 *insert(Array *a, u32 set, u32 low, u32 high, u64 payload) {
  return toFront(a, (size_t)set * a->stride, a->ways - 1, (u64)high << 32 | low, payload);
}

static inline u64 *seek(Array *a, u32 low, u32 high) {
  u64 tag = (u64)high << 32 | low;
  size_t first = (size_t)(low & a->setMask) * a->stride;
  const u64 *tags = a->tags + first;
  for (u32 way = 0; way < a->ways; way++) {
    if (tags[way] != tag) continue;
    return way == 0 ? a->payloads + first : toFront(a, first, way, tag, a->payloads[first + way]);
  }
  return NULL;
}

#endif

/* ---- the walk: guest tables over EPT, as assembly/walk.ts and assembly/ept.ts do it ---- */

#define P 1ull
#define RW 2ull
#define US 4ull
#define A 32ull
#define PS 128ull
#define XD (1ull << 63)
#define ADDRESS (((1ull << 46) - 1) & ~4095ull)
#define RESERVED (((1ull << 52) - 1) & ~((1ull << 46) - 1))

static u64 *mem;
static u64 cr3, eptRoot;

static inline u64 read64(u64 hpa) { return mem[hpa >> 3]; }
static inline u64 bitsOf(int high, int low) { return (~0ull >> (63 - high)) & (~0ull << low); }

static bool misconfigured(u64 entry, int level, bool leaf) {
  if ((entry & 3) == 2) return true;
  u64 reserved = RESERVED;
  if (!leaf) reserved |= level >= 4 ? bitsOf(7, 3) : bitsOf(6, 3);
  else {
    if (level == 3) reserved |= bitsOf(29, 12);
    else if (level == 2) reserved |= bitsOf(20, 12);
    u64 type = (entry >> 3) & 7;
    if (type == 2 || type == 3 || type == 7) return true;
  }
  return entry & reserved;
}

static bool ept(u64 gpa, u64 *hpa, u64 *rights) {
  if (gpa >> 48) return false;
  u64 table = eptRoot, allowed = 7;
  for (int level = 4;; level--) {
    int shift = 12 + 9 * (level - 1);
    u64 entry = read64(table | ((gpa >> shift) & 511) << 3);
    if (!(entry & 7)) return false;
    bool leaf = level == 1 || ((level == 2 || level == 3) && (entry & PS));
    if (misconfigured(entry, level, leaf)) return false;
    allowed &= entry;
    if (leaf) {
      u64 offset = (1ull << shift) - 1;
      *hpa = (entry & ADDRESS & ~offset) | (gpa & offset);
      break;
    }
    table = entry & ADDRESS;
  }
  *rights = allowed;
  return allowed & 1;
}

static bool walk(u64 gva, u64 *hpa) {
  if ((int64_t)(gva << 16) >> 16 != (int64_t)gva) return false;
  u64 used[5], usedRights[5], rights = 0;
  u64 table = cr3, all = RW | US, any = 0, gpa;
  int count = 0;
  for (int level = 4;; level--) {
    int shift = 12 + 9 * (level - 1);
    u64 at;
    if (!ept(table | ((gva >> shift) & 511) << 3, &at, &rights)) return false;
    u64 entry = read64(at);
    if (!(entry & P)) return false;
    u64 reserved = RESERVED;
    bool leaf = level == 1 || ((level == 2 || level == 3) && (entry & PS));
    if (level >= 4) reserved |= PS;
    else if (level == 3 && (entry & PS)) reserved |= bitsOf(29, 13);
    else if (level == 2 && (entry & PS)) reserved |= bitsOf(20, 13);
    if (entry & reserved) return false;
    used[count] = at;
    usedRights[count++] = rights;
    all &= entry;
    any |= entry;
    if (leaf) {
      u64 offset = (1ull << shift) - 1;
      gpa = (entry & ADDRESS & ~offset) | (gva & offset);
      break;
    }
    table = entry & ADDRESS;
  }
  if (!(all & US)) return false;
  for (int step = 0; step < count; step++) {
    u64 before = read64(used[step]);
    if (before & A) continue;
    if (!(usedRights[step] & 2)) return false;
    mem[used[step] >> 3] = before | A;
  }
  return ept(gpa, hpa, &rights);
}

/* ---- the loop ---- */

static u32 counts[3];

static u32 run(const u64 *pages, u32 count) {
  u32 first = 0, second = 0, missed = 0, sum = 0;
  u64 lastKey = 0, lastFrame = 0;
  for (u32 index = 0; index < count; index++) {
    u64 page = pages[index];
    u64 key = page | 1ull << 63;
    if (key == lastKey) {
      first++;
      sum += (u32)lastFrame;
      continue;
    }
    u32 low = (u32)page, high = own | (u32)(page >> 32);
    u64 payload;
    u64 *found = seek(&l1, low, high);
    if (found) {
      first++;
      payload = *found;
    } else if ((found = seek(&l2, low, high))) {
      second++;
      payload = *found;
      insert(&l1, low & l1.setMask, low, high, payload);
    } else {
      missed++;
      u64 hpa;
      if (!walk(page << 12, &hpa)) exit(4);
      payload = (hpa & ~4095ull) | 15;
      insert(&l2, low & l2.setMask, low, high, payload);
      insert(&l1, low & l1.setMask, low, high, payload);
    }
    lastKey = key;
    lastFrame = payload >> 12;
    sum += (u32)lastFrame;
  }
  counts[0] = first;
  counts[1] = second;
  counts[2] = missed;
  return sum;
}

static void *readFile(const char *name, size_t *bytes) {
  FILE *file = fopen(name, "rb");
  if (!file) exit(5);
  fseek(file, 0, SEEK_END);
  *bytes = ftell(file);
  rewind(file);
  void *at = fresh(*bytes);
  if (fread(at, 1, *bytes, file) != *bytes) exit(5);
  fclose(file);
  return at;
}

int main(int argc, char **argv) {
  if (argc < 9) return 2;
  size_t bytes[16];
  u64 *streams[16];
  mem = readFile(argv[1], &bytes[0]);
  cr3 = strtoull(argv[2], NULL, 0);
  eptRoot = strtoull(argv[3], NULL, 0);
  openArray(&l1, atoi(argv[4]), atoi(argv[5]));
  openArray(&l2, atoi(argv[6]), atoi(argv[7]));
  for (int index = 8; index < argc; index++) streams[index - 8] = readFile(argv[index], &bytes[index - 8]);
  unsigned which;
  while (scanf("%u", &which) == 1) {
    emptyArray(&l1);
    emptyArray(&l2);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    u32 sum = run(streams[which], bytes[which] / 8);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double ns = (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec);
    printf("%.0f %u %u %u %u\n", ns, sum, counts[0], counts[1], counts[2]);
    fflush(stdout);
  }
  return 0;
}

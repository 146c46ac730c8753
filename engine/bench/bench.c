/*
 * The benchmark's loop in C: the same TLB (any geometry, true LRU, entries tagged by context), the same
 * walk in two dimensions with the same checks, over the same tables. Two layouts of the TLB:
 *
 *   LAYOUT 1  as the engine has it: halves of tags in arrays of their own, compared as vectors, a byte
 *             of age for each way
 *   LAYOUT 2  whole tags, the ways of a set in the order of their last use, moved at each hit
 *
 * bench TABLES CR3 EPTROOT LEVELS WIDTH L1SETS L1WAYS L2SETS L2WAYS CACHES STREAM...
 * CACHES has a bit for each stream whose walks use caches.
 * For each line on standard input, the number of a stream, it runs that on an empty TLB and prints
 * nanoseconds, sum, L1 hits, L2 hits, misses and references of walks.
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
#define D 64ull
#define PS 128ull
#define XD (1ull << 63)
enum { READ, WRITE, FETCH };

static u64 *mem;

/* What the processor is set to, as in assembly/registers.ts: not known when this is compiled. */
static int levels, nestedLevels;
static u64 cr3, nestedRoot, addressMask, reservedAddress;
static bool wp, nxe, smep, smap, ac, page1g, eptAd, eptExecuteOnly;

#define ADDRESS_BITS (((1ull << 52) - 1) & ~4095ull)

static inline u64 read64(u64 hpa) { return mem[hpa >> 3]; }
static inline u64 bitsOf(int high, int low) { return (~0ull >> (63 - high)) & (~0ull << low); }
static inline u64 slotOf(u64 address, int level) { return (address >> (12 + 9 * (level - 1))) & 511; }

static inline bool isCanonical(u64 address) {
  int unused = 64 - (12 + 9 * levels);
  return (u64)((int64_t)(address << unused) >> unused) == address;
}

static inline bool isLeaf(u64 entry, int level) {
  return level == 1 || ((level == 2 || level == 3) && (entry & PS));
}

static u64 reservedBits(u64 entry, int level) {
  u64 mask = reservedAddress;
  if (!nxe) mask |= XD;
  if (level >= 4) mask |= PS;
  else if (level == 3) {
    if (!page1g) mask |= PS;
    else if (entry & PS) mask |= bitsOf(29, 13);
  } else if (level == 2 && (entry & PS)) mask |= bitsOf(20, 13);
  return mask;
}

static bool isMisconfigured(u64 entry, int level) {
  u64 access = entry & 7;
  if ((access & 3) == 2) return true;
  if (access == 4 && !eptExecuteOnly) return true;
  u64 reserved = reservedAddress;
  if (!isLeaf(entry, level)) reserved |= level >= 4 ? bitsOf(7, 3) : bitsOf(6, 3);
  else {
    if (level == 3) reserved |= bitsOf(29, 12);
    else if (level == 2) reserved |= bitsOf(20, 12);
    u64 type = (entry >> 3) & 7;
    if (type == 2 || type == 3 || type == 7) return true;
  }
  return entry & reserved;
}

static void setFlags(u64 at, u64 flags) {
  u64 before = read64(at), value = before | flags;
  if (value != before) mem[at >> 3] = value;
}

/* ---- what a walk may take from caches, as in assembly/walk-caches.ts ---- */

static bool caches;
static Array structures[5], nestedStructures[5], nestedTlb;
static u32 references;

static inline void upsert(Array *a, u64 number, u32 tag, u64 payload) {
  u32 low = (u32)number, high = tag | (u32)(number >> 32);
  u64 *found = seek(a, low, high);
  if (found) *found = payload;
  else insert(a, low & a->setMask, low, high, payload);
}

/* The longest match: the level of the entry, and what it holds. */
static int findStructure(Array *of, u64 address, u64 *payload) {
  for (int level = 2; level <= 4; level++) {
    if (of[level].ways == 0) continue;
    u64 number = address >> (12 + 9 * (level - 1));
    u64 *found = seek(&of[level], (u32)number, own | (u32)(number >> 32));
    if (!found) continue;
    *payload = *found;
    return level;
  }
  return 0;
}

static void fillStructure(Array *of, u64 address, int level, u64 payload) {
  if (of[level].ways != 0) upsert(&of[level], address >> (12 + 9 * (level - 1)), own, payload);
}

static u64 eptHpa, eptRights;
static int eptLeaf;

static bool eptWalk(u64 gpa, int access, bool final) {
  u64 wanted = access == FETCH ? 4 : access == WRITE ? 2 : 1;
  if (!final) wanted = eptAd ? 3 : 1;
  u64 used[5];
  int count = 0;
  u64 table = nestedRoot, allowed = 7, cached;
  int level = nestedLevels, hit;
  if (caches && (hit = findStructure(nestedStructures, gpa, &cached))) {
    level = hit - 1;
    table = cached & ADDRESS_BITS;
    allowed = cached & 7;
  }
  u64 above = allowed;
  for (;; level--) {
    u64 at = table | slotOf(gpa, level) << 3;
    u64 entry = read64(at);
    references++;
    used[count++] = at;
    if (!(entry & 7)) return false;
    if (isMisconfigured(entry, level)) return false;
    allowed &= entry;
    if (isLeaf(entry, level)) {
      u64 offset = bitsOf(12 + 9 * (level - 1) - 1, 0);
      eptHpa = (entry & addressMask & ~offset) | (gpa & offset);
      break;
    }
    table = entry & addressMask;
  }
  if ((allowed & wanted) != wanted) return false;
  if (eptAd)
    for (int step = 0; step < count; step++)
      setFlags(used[step], step == count - 1 && (wanted & 2) ? 0x300 : 0x100);
  if (caches) {
    u64 rights = above;
    for (int step = 0; step < count - 1; step++) {
      u64 entry = read64(used[step]);
      rights &= entry;
      fillStructure(nestedStructures, gpa, level + count - 1 - step, (entry & ADDRESS_BITS) | rights);
    }
  }
  eptRights = allowed;
  eptLeaf = level;
  return true;
}

static bool ept(u64 gpa, int access, bool final) {
  if (nestedLevels == 4 && gpa >> 48) return false;
  if (caches) {
    u64 wanted = final ? (access == FETCH ? 4 : access == WRITE ? 2 : 1) : eptAd ? 3 : 1;
    for (int size = 0; size < 3; size++) {
      u64 number = gpa >> (12 + 9 * size);
      u32 tag = own | (u32)size << 13;
      u64 *found = seek(&nestedTlb, (u32)number, tag | (u32)(number >> 32));
      if (!found) continue;
      if ((*found & wanted) != wanted) break;
      u64 offset = bitsOf(12 + 9 * size - 1, 0);
      eptHpa = (*found & ADDRESS_BITS & ~offset) | (gpa & offset);
      eptRights = *found & 7;
      return true;
    }
  }
  if (!eptWalk(gpa, access, final)) return false;
  if (caches) {
    u64 offset = bitsOf(12 + 9 * (eptLeaf - 1) - 1, 0);
    u64 kept = !eptAd ? eptRights : eptRights & 5;
    upsert(&nestedTlb, gpa >> (12 + 9 * (eptLeaf - 1)), own | (u32)(eptLeaf - 1) << 13,
           (eptHpa & ~offset) | kept);
  }
  return true;
}

static bool isPermitted(u64 all, u64 any, int access, bool user) {
  bool userPage = all & US, writable = all & RW, executable = !nxe || !(any & XD);
  if (access == FETCH) {
    if (!executable) return false;
    return user ? userPage : !(smep && userPage);
  }
  if (user) return userPage && (access == READ || writable);
  if (userPage && smap && !ac) return false;
  return access == READ || writable || !wp;
}

static bool walk(u64 gva, int access, bool user, u64 *hpa) {
  if (!isCanonical(gva)) return false;
  u64 used[5], usedRights[5];
  u64 table = cr3, all = RW | US, any = 0, gpa, known = 0, cached;
  int count = 0, level = levels, hit;
  if (caches && (hit = findStructure(structures, gva, &cached))) {
    level = hit - 1;
    known = cached & ADDRESS_BITS;
    all = cached & (RW | US);
    any = cached & 1 ? XD : 0;
  }
  u64 allAbove = all, anyAbove = any;
  for (;; level--) {
    if (known) {
      eptHpa = known | slotOf(gva, level) << 3;
      eptRights = 7;
      known = 0;
    } else if (!ept(table | slotOf(gva, level) << 3, READ, false)) return false;
    u64 entry = read64(eptHpa);
    references++;
    if (!(entry & P)) return false;
    if (entry & reservedBits(entry, level)) return false;
    used[count] = eptHpa;
    usedRights[count++] = eptRights;
    all &= entry;
    any |= entry;
    if (isLeaf(entry, level)) {
      u64 offset = bitsOf(12 + 9 * (level - 1) - 1, 0);
      gpa = (entry & addressMask & ~offset) | (gva & offset);
      break;
    }
    table = entry & addressMask;
  }
  if (!isPermitted(all, any, access, user)) return false;
  for (int step = 0; step < count; step++) {
    u64 flags = step == count - 1 && access == WRITE ? A | D : A;
    if (!eptAd && (read64(used[step]) & flags) != flags && !(usedRights[step] & 2)) return false;
    setFlags(used[step], flags);
  }
  if (!ept(gpa, access, true)) return false;
  if (caches) {
    all = allAbove;
    any = anyAbove;
    for (int step = 0; step < count - 1; step++) {
      u64 entry = read64(used[step]);
      all &= entry;
      any |= entry;
      u64 rights = (all & (RW | US)) | (any & XD ? 1 : 0);
      fillStructure(structures, gva, level + count - 1 - step,
                    (used[step + 1] & ADDRESS_BITS) | rights);
    }
  }
  *hpa = eptHpa;
  return true;
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
      if (!walk(page << 12, READ, true, &hpa)) exit(4);
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
  if (argc < 12) return 2;
  size_t bytes[16];
  u64 *streams[16];
  mem = readFile(argv[1], &bytes[0]);
  cr3 = strtoull(argv[2], NULL, 0);
  nestedRoot = strtoull(argv[3], NULL, 0);
  levels = nestedLevels = atoi(argv[4]);
  int width = atoi(argv[5]);
  addressMask = bitsOf(width - 1, 12);
  reservedAddress = width < 52 ? bitsOf(51, width) : 0;
  wp = nxe = page1g = eptExecuteOnly = argc > 0;
  smep = smap = ac = eptAd = argc == 0;
  openArray(&nestedTlb, 16, 4);
  openArray(&structures[2], 8, 4);
  openArray(&structures[3], 4, 4);
  openArray(&structures[4], 1, 4);
  openArray(&nestedStructures[2], 8, 4);
  unsigned withCaches = atoi(argv[10]);
  openArray(&l1, atoi(argv[6]), atoi(argv[7]));
  openArray(&l2, atoi(argv[8]), atoi(argv[9]));
  for (int index = 11; index < argc; index++)
    streams[index - 11] = readFile(argv[index], &bytes[index - 11]);
  unsigned which;
  while (scanf("%u", &which) == 1) {
    caches = withCaches >> which & 1;
    references = 0;
    emptyArray(&l1);
    emptyArray(&l2);
    emptyArray(&nestedTlb);
    emptyArray(&nestedStructures[2]);
    for (int level = 2; level <= 4; level++) emptyArray(&structures[level]);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    u32 sum = run(streams[which], bytes[which] / 8);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double ns = (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec);
    printf("%.0f %u %u %u %u %u\n", ns, sum, counts[0], counts[1], counts[2], references);
    fflush(stdout);
  }
  return 0;
}

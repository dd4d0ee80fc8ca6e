/* Messages that openpgp.js wrote to the key of seed 7 made at PGP_TEST_NOW_MS, in base64. The
 * plaintext of all is PGP_TEST_PLAIN. */
#pragma once

#define PGP_TEST_NOW_MS INT64_C(1767225600000)
#define PGP_TEST_PLAIN \
    "the quick brown fox jumps over the lazy dog, and then it does so again, and again"

/* GCM, chunks of 64 bytes */
static const char message_gcm[] unused_arg =
    "wWEGFQTPACyWHTYvdNcZmA2Dg163wxuzOhnfpOGtM4BeIiP+Go/35Ynl+9MDTqRfJ2kUfDpvYJsCJSjjcfre9i6ja0"
    "FTYXKcqucJIlOGvHwa5aaRmhPao6AsuLC7HikNolta0q0CCQMADzdPR0arydy1w2QtoTryfz0WapGluQFrWUavlI/Y"
    "e6siuTtXl/AY65wfWwCMPHYcFl+qZOaG3glzYBdyBh3FDJrLbfWTVX3siGTPSqFEoiYOmRLcoohm8NcYqh2eJX32jI"
    "SvTFELjh4vC/Rz38Wz4AwRkbIdLe6CNIhJ2EHR89tcMx9CxDbBKJzODvGQKEAOPg8682W2vGRBXPkHGO2Y16qS5Xlz"
    "exJ2cQ==";

/* OCB, chunks of 64 bytes */
static const char message_ocb[] unused_arg =
    "wWEGFQTPACyWHTYvdNcZmA2Dg163wxuzOhn0gI3XuXaOqjT8qb51gsvM/UT5nUHFD8L1r1chi1u4fChofZFtVTFXHI"
    "Obh8fQOPJwYGhUonU+q9UIvGVHS3/m1Ema0H1hVCuU0q0CCQIAG42V2Js5NxQRg3LJ/1FzDepayprXzoEV8gyop4GN"
    "BVX8xBkk6IQ3FFnl5Di2CleZEMMSsdPslTBG5OWH+q3ZQ7rblte1UQ1120moE4GrOhB8ZO/Kn0wDM/Nxs3RvmcE99O"
    "Sy5qVqS1fXbewiW7KbjCP1sAydDL9XVdZvAp7rKkzaxa/SqgnlBxNEo0rJibCJqEaB0wuH3JN+VMh2m6I5yCGdvnGZ"
    "R7X/EQ==";

/* GCM, chunks of 256 KiB, as clients send */
static const char message_default[] unused_arg =
    "wWEGFQTPACyWHTYvdNcZmA2Dg163wxuzOhnN6ZiOla9PCogZJDIjdEt8W65LA/SFGHaPB7yKu52YCigzrU34lPFRqX"
    "/hzn4DcapllzXEmgBtMlWobujj/dBO20RmC8UYnbEe0p0CCQMMZPUJfpiWKhwxBIv16AvJG4b/1ih3HghOdUd47O5q"
    "T7ItneQTibyk05FYzXDTrJlc99iybMeoEF7W2tRtUVLuOKidjnEk52LhTM077b1OjEUfiBU8WlxIiIMknb6GhWDlhj"
    "V4SLZqcs8gqfBoXBcZtA+BDW+34L5fsQf+TjBJlJ0XAdy1gxyf7gEV6nrWvxhECqhytm6f74Ai";

/* the recipient left out */
static const char message_anonymous[] unused_arg =
    "wUwGABkP5dnNw7TsXaxvhrK3RUUkFn6fVCdaiLdoT0OMgMyqRShQdYJXsJVhjig7luAHTykLRa357tgAwI4bIrj1RY"
    "b1HLK3OcX0i4Bj0q0CCQMAa6zflUEd2FRGXJXXIlAbKO5rC9Jy39vlqPzJpt6TlVZdb9dUB9h96darATZFNGpEpth1"
    "Ius0tJ1ktSyLipIz7fpBXN18BzyI+k+QMvN+s9ij0W13KhBFOZp7H4DIOynSgFRmvmJp2ENxCyLTTp2dX0Zp+L7Cu7"
    "YocDudfY/DUcrpLfw/FoLClF7CN5sqSlUCRahTCTT+rvFPcnB1Z9dFqtugaXOO08r+yg==";

/* the second of two recipients */
static const char message_two[] unused_arg =
    "wWwGFQQZf3I4LbNbUX8KF2lXIHpbdTnbaRIBB0BadDxtviQ7hmiCOmQEs8Ke6gsAxXGL0wkbQ5y+wl+EATA5krxQv6"
    "0v5bWO8HRcq2rbRldejcHEIOlRjj5wtoDIHGpF8D6jJ+H+nk1F5c4iQQ7BYQYVBM8ALJYdNi901xmYDYODXrfDG7M6"
    "GcfxiGeJ1I305xg2ZosR84KtHa0BarNMt56kmU0t05MJKJfe7veimkjZJ1fdcdgJFoWs0hczDUubEP37QtKCiYNL4h"
    "Q0y0/rZ2XSrQIJAwCtYR1h9cgfWjipxrD72QeBAphtBNQMi2SyUj7bXEGBuhK2YI0qolDsLhV1z+zdep7DmtrXkDMW"
    "eAnhAlLl5hTvXuQZXwNLbUdbjwisdmMRKDhOLCvAygcOPnZbGpjYpJ8fFxDAIpwueoTzqf6f1sc4Z8fnWQcXL51D91"
    "ufgPBRk9fbGdPmXPUe4Jyt8TVbZdNjN8OHZ7JXULdzAqZ1uA5Gyf0XNVoSvD79";

/* to another key only */
static const char message_foreign[] unused_arg =
    "wWwGFQQZf3I4LbNbUX8KF2lXIHpbdTnbaRIBB0A5rAVKGb9cUjN0jNteCamUcO6PRu0SdKoWnbxx1+ZaODD5AYtVCM"
    "mjYlsYQSs5f7NFDoWsYLTHrYdYndkFpb4xcfYW7UsnqCGE58GJMOYlp2jSrQIJAwDq9DShUCN3isSlBTBJazPK03Nj"
    "MCb5DEDl3aagzE7NFa2gR7zrsr2lRvy1A5Z12EAUFs8Z0qPGY4caKuLlaMmIuP9Ecqudq9vCryQHKXHYQCYSlEQj95"
    "bd3n/sAKZopPRjfSLphgiPHu5I8HmrhDB5U6q3StJjQQqWw86EwoBzVp9O/nEz/otVahMPrpYznR3rJBTXYjjF4Iaw"
    "1DgGAUc/5aQ7BbjPcQVL";

/* version 3 session key and version 1 data: not accepted */
static const char message_v3[] unused_arg =
    "wVQDg4Net8MbszoZcLWz/ZU4C1E788TWsZ3VaccH6W/VnACBSPIiXl4gDT4pCVJVmky0paAscq+NEG8vh/ykW2T91h"
    "8yLaOyy3foff6GEMLWRY6Cx8nSggH92F12qtAVgqk97vPAoYRgV9518FrKp+SVdrdKD2OAYKvwZ2WIBsezREIAyWGJ"
    "PVwM+fRya/XTWw5YKIOrdjTKx5SzbtvorN05Igdqiqq0QVbG8xoaJpYNls86IiszRoYzaEsCmdhfDZoEDCTCB7r7x2"
    "OoEouovwf7isMQSO+zwI4=";

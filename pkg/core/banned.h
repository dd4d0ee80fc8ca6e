/* Functions that are never right here, turned into compile errors; included before every file.
 * The headers that declare them are read first. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(name, instead) name##_is_banned_use_##instead

#undef strcpy
#define strcpy(...) BANNED(strcpy, struct_buf)
#undef strcat
#define strcat(...) BANNED(strcat, struct_buf)
#undef strncpy
#define strncpy(...) BANNED(strncpy, struct_buf)
#undef strncat
#define strncat(...) BANNED(strncat, struct_buf)
#undef stpcpy
#define stpcpy(...) BANNED(stpcpy, struct_buf)

#undef sprintf
#define sprintf(...) BANNED(sprintf, buf_addf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf, buf_addf)
#undef gets
#define gets(...) BANNED(gets, buf_addf)

#undef strtok
#define strtok(...) BANNED(strtok, str_cut)
#undef strtok_r
#define strtok_r(...) BANNED(strtok_r, str_cut)

#undef atoi
#define atoi(...) BANNED(atoi, str_to_i64)
#undef atol
#define atol(...) BANNED(atol, str_to_i64)
#undef atoll
#define atoll(...) BANNED(atoll, str_to_i64)
#undef atof
#define atof(...) BANNED(atof, str_to_i64)

#undef gmtime
#define gmtime(...) BANNED(gmtime, time_format_utc)
#undef localtime
#define localtime(...) BANNED(localtime, time_format_utc)
#undef ctime
#define ctime(...) BANNED(ctime, time_format_utc)
#undef asctime
#define asctime(...) BANNED(asctime, time_format_utc)

#undef system
#define system(...) BANNED(system, proc_run)
#undef popen
#define popen(...) BANNED(popen, proc_run)

#undef tmpnam
#define tmpnam(...) BANNED(tmpnam, fs_temp_dir)
#undef mktemp
#define mktemp(...) BANNED(mktemp, fs_temp_dir)

#undef rand
#define rand(...) BANNED(rand, struct_rng)
#undef srand
#define srand(...) BANNED(srand, struct_rng)
#undef random
#define random(...) BANNED(random, struct_rng)
#undef srandom
#define srandom(...) BANNED(srandom, struct_rng)

#undef alloca
#define alloca(...) BANNED(alloca, arena_alloc)

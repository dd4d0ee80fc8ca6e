/* Is this an instrumented build, whose run-time needs more system calls than ours? Private. */
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(TEEREX_COVERAGE)
#define SANDBOX_WIDENED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_WIDENED true
#endif
#endif
#ifndef SANDBOX_WIDENED
#define SANDBOX_WIDENED false
#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Counts the allocations of the calling thread, also those that libraries make: all libraries use
 * the program's malloc() in place of the C library's. Include this header in one file of a program
 * only. Sanitizers replace malloc(), too; then ALLOCATIONS_COUNTED is not defined.
 */

#include <stdlib.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)                            \
    || __has_feature(thread_sanitizer)
#define ALLOCATIONS_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ALLOCATIONS_SANITIZED 1
#endif

#if defined(__GLIBC__) && !defined(ALLOCATIONS_SANITIZED)
#define ALLOCATIONS_COUNTED 1

static __thread unsigned long allocations;

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *block, size_t size);

void *
malloc (size_t size)
{
  allocations++;
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  allocations++;
  return __libc_calloc (n, size);
}

void *
realloc (void *block, size_t size)
{
  allocations++;
  return __libc_realloc (block, size);
}
#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Counts what the calling thread allocates, whoever in the process asks for
 * it: a definition of malloc() in the program comes before the C library's
 * for all libraries. Include it in one file of a program alone. A sanitizer
 * has a malloc() of its own; ALLOCATIONS_COUNTED says whether this one holds.
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/kernel-attribute.h"

#include <string.h>

#include "agent/tunables/choice.h"
#include "agent/tunables/refusal.h"
#include "agent/tunables/side-effects.h"
#include "agent/tunables/value.h"
#include "protocol/error.h"

char *
vt_kernel_attribute_read (const VtAttribute *attribute, const VtSystem *system, GError **error)
{
  const VtKernelRow *row = attribute->row;
  g_autofree char *text = vt_kernel_fs_read (system->fs, attribute->path, error);

  if (text == NULL)
    return NULL;
  if (row->kind == VT_KERNEL_CHOICE)
    return vt_choice_active (text);

  return vt_value_squeeze (text);
}

gboolean
vt_kernel_attribute_write (const VtAttribute *attribute,
                           const VtSystem *system,
                           const char *value,
                           GError **error)
{
  return vt_refusal_write (system->fs, attribute->path, value, NULL, error);
}

static gboolean
decide_number (const VtAttribute *attribute,
               const char *current,
               const char *wanted,
               VtDecision *ret,
               GError **error)
{
  const VtKernelRow *row = attribute->row;
  gint64 number = 0;

  if (!vt_value_parse_number (current, &number))
    return vt_error_set (error, VT_ERROR_GENERIC, "the kernel shows '%s', no number", current);

  /* The inactive one of two counterparts reads 0, even if 0 is below the allowed minimum. */
  if (attribute->counterpart != NULL && number == 0 && g_str_equal (wanted, "0"))
    {
      ret->value = g_strdup ("0");
      return TRUE;
    }

  return vt_value_decide_number (wanted, number, row->min, row->max, ret, error);
}

/* "4096 131072 6291456": each column a number of the row's range. */
static gboolean
decide_numbers (const VtKernelRow *row, const char *wanted, VtDecision *ret, GError **error)
{
  g_autofree char *squeezed = vt_value_squeeze (wanted);
  g_auto (GStrv) columns = g_strsplit (squeezed, " ", -1);
  g_autofree char *range = vt_value_range (row->min, row->max);

  if (g_strv_length (columns) != row->columns)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "'%s' is not allowed; %u numbers are needed", wanted, row->columns);

  for (guint i = 0; columns[i] != NULL; i++)
    {
      gint64 number;

      if (!vt_value_parse_number (columns[i], &number) || number < row->min || number > row->max)
        return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                             "'%s' in '%s' is not allowed; allowed: %s", columns[i], wanted, range);

      g_free (columns[i]);
      columns[i] = g_strdup_printf ("%" G_GINT64_FORMAT, number);
    }

  ret->value = g_strjoinv (" ", columns);

  return TRUE;
}

/* @code: the error for a word that is not among @words. */
static gboolean
decide_word (
    const char *const *words, VtErrorCode code, const char *wanted, VtDecision *ret, GError **error)
{
  g_autofree char *allowed = g_strjoinv (" ", (char **) words);

  if (!g_strv_contains (words, wanted))
    return vt_error_set (error, code, "'%s' is not offered; allowed: %s", wanted, allowed);

  ret->value = g_strdup (wanted);

  return TRUE;
}

static gboolean
decide_choice (const char *text, const char *wanted, VtDecision *ret, GError **error)
{
  g_auto (GStrv) words = vt_choice_words (text);

  return decide_word ((const char *const *) words, VT_ERROR_NOT_OFFERED, wanted, ret, error);
}

static gboolean
decide_by_kind (const VtAttribute *attribute,
                const char *text,
                const char *wanted,
                VtDecision *ret,
                GError **error)
{
  const VtKernelRow *row = attribute->row;

  switch (row->kind)
    {
    case VT_KERNEL_NUMBER:
      return decide_number (attribute, text, wanted, ret, error);
    case VT_KERNEL_NUMBERS:
      return decide_numbers (row, wanted, ret, error);
    case VT_KERNEL_CHOICE:
      return decide_choice (text, wanted, ret, error);
    case VT_KERNEL_WORD:
      return decide_word (row->words, VT_ERROR_INVALID_ARGUMENT, wanted, ret, error);
    default:
      g_return_val_if_reached (FALSE);
    }
}

/*
 * Checks that the agent may write the file, unless it has @value already. A
 * sandbox or a container may make it read-only, and the plan should fail
 * before the first write rather than in the middle.
 */
static gboolean
check_open (const VtAttribute *attribute,
            const VtQuestion *question,
            const char *value,
            GError **error)
{
  g_autofree char *read = question->current == NULL
                              ? vt_kernel_attribute_read (attribute, question->system, NULL)
                              : NULL;
  const char *current = question->current != NULL ? question->current : read;
  int result;

  if (g_strcmp0 (current, value) == 0)
    return TRUE;

  result = vt_kernel_fs_check_writable (question->system->fs, attribute->path);
  if (result < 0)
    return vt_error_set (error, VT_ERROR_NOT_OFFERED, "/%s can't be written here: %s",
                         attribute->path, g_strerror (-result));

  return TRUE;
}

/* The file's text. A choice is read again, because the current value lacks the other words. */
static char *
get_text (const VtAttribute *attribute, const VtQuestion *question, GError **error)
{
  const VtKernelRow *row = attribute->row;

  if (question->current != NULL && row->kind != VT_KERNEL_CHOICE)
    return g_strdup (question->current);

  return vt_kernel_fs_read (question->system->fs, attribute->path, error);
}

gboolean
vt_kernel_attribute_decide (const VtAttribute *attribute,
                            const VtQuestion *question,
                            const char *wanted,
                            VtDecision *ret,
                            GError **error)
{
  g_autofree char *text = get_text (attribute, question, error);
  g_auto (VtDecision) decision = { NULL, NULL };

  if (text == NULL || !decide_by_kind (attribute, text, wanted, &decision, error)
      || !check_open (attribute, question, decision.value, error))
    return FALSE;

  ret->value = g_steal_pointer (&decision.value);
  ret->reason = g_steal_pointer (&decision.reason);

  return TRUE;
}

char *
vt_kernel_attribute_allowed (const VtAttribute *attribute, const VtSystem *system)
{
  const VtKernelRow *row = attribute->row;
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  if (row->kind == VT_KERNEL_NUMBER || row->kind == VT_KERNEL_NUMBERS)
    return vt_value_range (row->min, row->max);
  if (row->kind == VT_KERNEL_WORD)
    return g_strjoinv (" ", (char **) row->words);

  text = vt_kernel_fs_read (system->fs, attribute->path, NULL);
  if (text == NULL)
    return NULL;

  words = vt_choice_words (text);

  return g_strjoinv (" ", words);
}

VtAttribute *
vt_kernel_attribute_new (const VtKernelRow *row,
                         const char *section,
                         const char *device,
                         const char *identity,
                         const char *path)
{
  VtAttribute *attribute = vt_attribute_new (&vt_kernel_attribute_ops, section, device, row->name,
                                             identity, path != NULL ? path : row->path);

  attribute->rank = row->rank;
  attribute->number = row->kind == VT_KERNEL_NUMBER;
  attribute->lasting = row->lasting;
  attribute->row = row;
  vt_side_effects_fill (attribute);

  return attribute;
}

void
vt_kernel_attributes_enumerate (const VtSystem *system,
                                const VtKernelRow *rows,
                                guint n_rows,
                                const char *section,
                                GPtrArray *attributes)
{
  for (guint i = 0; i < n_rows; i++)
    {
      if (vt_kernel_fs_exists (system->fs, rows[i].path))
        g_ptr_array_add (attributes, vt_kernel_attribute_new (&rows[i], section, NULL, NULL, NULL));
    }
}

const VtAttributeOps vt_kernel_attribute_ops = {
  .read = vt_kernel_attribute_read,
  .write = vt_kernel_attribute_write,
  .decide = vt_kernel_attribute_decide,
  .allowed = vt_kernel_attribute_allowed,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/ask.h"

#include <string.h>

GPtrArray *
ask_all (const Fixture *fixture)
{
  GPtrArray *attributes = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_attribute_free);

  for (guint i = 0; vt_tunables[i] != NULL; i++)
    vt_tunables[i]->enumerate (&fixture->system, NULL, attributes);

  return attributes;
}

VtAttribute *
ask_find (const Fixture *fixture, const char *key)
{
  g_autoptr (GPtrArray) attributes = ask_all (fixture);

  for (guint i = 0; i < attributes->len; i++)
    {
      const VtAttribute *attribute = g_ptr_array_index (attributes, i);

      if (g_str_equal (attribute->key, key))
        {
          g_ptr_array_set_free_func (attributes, NULL);
          for (guint j = 0; j < attributes->len; j++)
            if (j != i)
              vt_attribute_free (g_ptr_array_index (attributes, j));
          return (VtAttribute *) attribute;
        }
    }

  return NULL;
}

static VtAttribute *
must_find (const Fixture *fixture, const char *key)
{
  VtAttribute *attribute = ask_find (fixture, key);

  if (attribute == NULL)
    g_error ("'%s' has no attribute '%s'", fixture->machine, key);

  return attribute;
}

char *
ask_read (const Fixture *fixture, const char *key)
{
  g_autoptr (VtAttribute) attribute = must_find (fixture, key);
  g_autoptr (GError) error = NULL;
  char *value = attribute->ops->read (attribute, &fixture->system, &error);

  g_assert_no_error (error);

  return value;
}

static const char *
get_planned (gconstpointer plan, const char *key)
{
  const AskCase *one = plan;

  return g_strcmp0 (one->planned[0], key) == 0 ? one->planned[1] : NULL;
}

static void
assert_has (const char *text, const char *wanted)
{
  if (wanted == NULL)
    return;
  if (*wanted == '\0')
    g_assert_cmpstr (text, ==, NULL);
  else if (text == NULL || strstr (text, wanted) == NULL)
    g_error ("'%s' is not in '%s'", wanted, text);
}

static void
check (const Fixture *fixture, const AskCase *one)
{
  g_autoptr (VtAttribute) attribute = must_find (fixture, one->key);
  g_auto (VtDecision) decision = { NULL, NULL };
  g_autoptr (GError) error = NULL;
  VtQuestion question = { &fixture->system, one->forced, get_planned, one };
  gboolean done;

  g_test_message ("%s=%s", one->key, one->wanted);
  done = attribute->ops->decide (attribute, &question, one->wanted, &decision, &error);

  g_assert_cmpstr (decision.value, ==, one->value);
  if (done)
    {
      g_assert_no_error (error);
      g_assert_cmpint (one->code, ==, one->value != NULL ? ASK_NO_FAULT : ASK_LEFT_ALONE);
      assert_has (decision.reason, one->text);
      return;
    }

  g_assert_error (error, VT_ERROR, one->code);
  g_assert_null (decision.reason);
  assert_has (error->message, one->text);
}

void
ask_check_cases (const Fixture *fixture, const AskCase *cases, guint n_cases)
{
  for (guint i = 0; i < n_cases; i++)
    check (fixture, &cases[i]);
}

void
ask_check (const Fixture *fixture, const AskCase *cases, guint n_cases)
{
  ask_check_cases (fixture, cases, n_cases);
  fixture_assert_unchanged (fixture);
}

void
ask_apply_and_restore (const Fixture *fixture,
                       const char *key,
                       const char *wanted,
                       const char *expected)
{
  g_autoptr (VtAttribute) attribute = must_find (fixture, key);
  g_autofree char *before = ask_read (fixture, key);
  g_autofree char *after = NULL;
  g_auto (VtDecision) decision = { NULL, NULL };
  g_autoptr (GError) error = NULL;
  VtQuestion question = { .system = &fixture->system };

  g_assert_true (attribute->ops->decide (attribute, &question, wanted, &decision, &error));
  g_assert_no_error (error);
  g_assert_true (attribute->ops->write (attribute, &fixture->system, decision.value, &error));
  g_assert_no_error (error);

  after = ask_read (fixture, key);
  g_assert_cmpstr (after, ==, decision.value);
  g_assert_cmpstr (after, ==, expected);

  g_assert_true (attribute->ops->write (attribute, &fixture->system, before, &error));
  g_assert_no_error (error);
}

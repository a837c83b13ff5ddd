/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "agent/profiles/profile.h"

/* For any text, the result is a layer or one error, and a layer has only settings that a settings
 * document can have. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GPtrArray) ignored = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) includes = NULL;
  g_autofree char *summary = NULL;
  g_autoptr (VtProfileLayer) layer = vt_profile_parse (
      "fuzz", "fuzz/tuned.conf", (const char *) data, size, &includes, &summary, ignored, &error);

  g_assert_true ((layer == NULL) == (error != NULL));
  for (guint i = 0; layer != NULL && i < layer->settings->list->len; i++)
    {
      const VtSetting *setting = layer->settings->list->pdata[i];
      g_autoptr (VtSetting) again
          = vt_setting_new (setting->key, setting->value, setting->number, NULL);

      g_assert_nonnull (again);
    }

  return 0;
}

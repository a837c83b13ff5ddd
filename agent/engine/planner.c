/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/planner.h"

const VtRecord *
vt_planner_find_record (const VtPlanner *planner, const VtAttribute *attribute)
{
  const VtRecord *record = g_hash_table_lookup (planner->request->records, attribute->key);

  if (record == NULL || !g_str_equal (record->identity, vt_attribute_identity (attribute)))
    return NULL;

  return record;
}

const VtAttribute *
vt_planner_find_counterpart (const VtPlanner *planner, const VtAttribute *attribute)
{
  if (attribute->counterpart == NULL)
    return NULL;

  return vt_attributes_get (planner->request->attributes, attribute->counterpart);
}

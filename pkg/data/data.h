/* Documents as data: JSON (scan, index, edit, write), YAML as a tree, and the schema that checks
 * a tree and binds it to structs. Knows no files, no network, and no configuration of ours. */
#pragma once

#include "json.h"
#include "json_edit.h"
#include "json_write.h"
#include "node.h"
#include "schema.h"
#include "source.h"

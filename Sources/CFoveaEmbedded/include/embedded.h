// The files that are inside the binary: the default models and the label sets.
#ifndef FOVEA_EMBEDDED_H
#define FOVEA_EMBEDDED_H

#include <stddef.h>

/// A file inside the binary; its bytes live as long as the process and start on a 64-byte boundary.
typedef struct {
  /// The path from the repository's root, e.g. "models/fovea_nano_camvid/config.json".
  const char *path;
  const unsigned char *bytes;
  size_t count;
} fovea_embedded_file;

/// How many files there are.
size_t fovea_embedded_count(void);

/// A file by its position, in the order of their paths; NULL past the last.
const fovea_embedded_file *fovea_embedded_at(size_t position);

/// The file of a path, or NULL.
const fovea_embedded_file *fovea_embedded_find(const char *path);

#endif

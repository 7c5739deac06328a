#include "embedded.h"

#include <string.h>

// Safetensors data are read in place, so every file starts on the boundary that vector loads like.
#define BYTES(name) static const _Alignas(64) unsigned char name[]

BYTES(ade20k_labels) = {
#embed "../../datasets/ade20k/labels.json"
};
BYTES(caltech101_labels) = {
#embed "../../datasets/caltech101/labels.json"
};
BYTES(camvid_labels) = {
#embed "../../datasets/camvid/labels.json"
};
BYTES(cityscapes_labels) = {
#embed "../../datasets/cityscapes/labels.json"
};
BYTES(imagenet1k_labels) = {
#embed "../../datasets/imagenet1k/labels.json"
};
BYTES(tiny_imagenet_labels) = {
#embed "../../datasets/tiny_imagenet/labels.json"
};
BYTES(nano_camvid_config) = {
#embed "../../models/fovea_nano_camvid/config.json"
};
BYTES(nano_camvid_weights) = {
#embed "../../models/fovea_nano_camvid/model.safetensors"
};
BYTES(small_camvid_config) = {
#embed "../../models/fovea_small_camvid/config.json"
};
BYTES(small_camvid_weights) = {
#embed "../../models/fovea_small_camvid/model.safetensors"
};
BYTES(small_tiny_imagenet_config) = {
#embed "../../models/fovea_small_tiny_imagenet/config.json"
};
BYTES(small_tiny_imagenet_weights) = {
#embed "../../models/fovea_small_tiny_imagenet/model.safetensors"
};
BYTES(page_css) = {
#embed "../../tools/attention-page/page.css"
};
BYTES(page_html) = {
#embed "../../tools/attention-page/page.html"
};
BYTES(page_js) = {
#embed "../../tools/attention-page/page.js"
};

#define FILE(path, name) {path, name, sizeof name}

static const fovea_embedded_file files[] = {
    FILE("datasets/ade20k/labels.json", ade20k_labels),
    FILE("datasets/caltech101/labels.json", caltech101_labels),
    FILE("datasets/camvid/labels.json", camvid_labels),
    FILE("datasets/cityscapes/labels.json", cityscapes_labels),
    FILE("datasets/imagenet1k/labels.json", imagenet1k_labels),
    FILE("datasets/tiny_imagenet/labels.json", tiny_imagenet_labels),
    FILE("models/fovea_nano_camvid/config.json", nano_camvid_config),
    FILE("models/fovea_nano_camvid/model.safetensors", nano_camvid_weights),
    FILE("models/fovea_small_camvid/config.json", small_camvid_config),
    FILE("models/fovea_small_camvid/model.safetensors", small_camvid_weights),
    FILE("models/fovea_small_tiny_imagenet/config.json", small_tiny_imagenet_config),
    FILE("models/fovea_small_tiny_imagenet/model.safetensors", small_tiny_imagenet_weights),
    FILE("tools/attention-page/page.css", page_css),
    FILE("tools/attention-page/page.html", page_html),
    FILE("tools/attention-page/page.js", page_js),
};

size_t fovea_embedded_count(void) { return sizeof files / sizeof files[0]; }

const fovea_embedded_file *fovea_embedded_at(size_t position) {
  return position < fovea_embedded_count() ? &files[position] : NULL;
}

const fovea_embedded_file *fovea_embedded_find(const char *path) {
  for (size_t i = 0; i < fovea_embedded_count(); i++) {
    if (strcmp(files[i].path, path) == 0) return &files[i];
  }
  return NULL;
}

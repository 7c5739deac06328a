// The kernels of a forward pass on the shapes of the models.
#include "bench.h"

static fovea_product product;
static fovea_depthwise depthwise;
static fovea_tap taps[8];
static const void *rows[8];
static size_t channels, map_rows;

static void prepare_weights(const fovea_kernels *k, size_t depth, size_t columns) {
  for (size_t i = 0; i < depth * columns; i++) weights[i] = (float)(i * 40503 % 997) / 1000 - 0.5f;
  for (size_t i = 0; i < columns; i++) bias[i] = 0.1f;
  k->pack(&(fovea_pack){.depth = depth,
                        .columns = columns,
                        .input = weights,
                        .depth_stride = columns,
                        .column_stride = 1,
                        .output = packed});
}

// rows, depth, columns, taps (1: a matrix product; 3: a 3×3 convolution's row of `rows` pixels, depth a tap)
static void prepare_product(const fovea_kernels *k, size_t row_count, size_t depth, size_t columns,
                            size_t tap_count) {
  prepare_weights(k, depth * tap_count, columns);
  for (size_t t = 0; t < tap_count; t++) {
    taps[t] = (fovea_tap){(char *)input + t * (row_count + 2) * depth * element_size(k), t * depth, depth};
  }
  product = (fovea_product){.rows = row_count,
                            .columns = columns,
                            .input_stride = tap_count == 3 ? depth / 3 : depth,
                            .taps = taps,
                            .tap_count = tap_count,
                            .weights = packed,
                            .weights_depth = depth * tap_count,
                            .bias = bias,
                            .activation = FOVEA_HARDSWISH,
                            .output = output,
                            .output_stride = columns};
}
static void prepare_stem(const fovea_kernels *k, size_t row_count, size_t depth, size_t columns,
                         size_t tap_count) {
  prepare_product(k, row_count, depth, columns, tap_count);
  product.input_stride = 6;
}
static void run_product(const fovea_kernels *k) { k->product(&product); }

// 16 output rows of width, channels, kernel, stride
static void prepare_depthwise(const fovea_kernels *k, size_t width, size_t c, size_t kernel, size_t stride) {
  (void)k;
  for (size_t i = 0; i < kernel * kernel * c; i++) weights[i] = (float)(i * 40503 % 997) / 1000 - 0.5f;
  depthwise = (fovea_depthwise){.output_width = width / stride,
                                .channels = c,
                                .input_width = width,
                                .kernel_height = kernel,
                                .kernel_width = kernel,
                                .stride = stride,
                                .padding = kernel / 2,
                                .rows = rows,
                                .input_stride = c,
                                .weights = weights,
                                .bias = bias,
                                .activation = FOVEA_HARDSWISH,
                                .output_stride = c};
}
static void run_depthwise(const fovea_kernels *k) {
  size_t row_bytes = depthwise.input_width * depthwise.channels * element_size(k);
  for (size_t y = 0; y < 16; y++) {
    for (size_t i = 0; i < depthwise.kernel_height; i++) rows[i] = (char *)input + (y % 4 + i) * row_bytes;
    depthwise.output = output;
    k->depthwise(&depthwise);
  }
}

static fovea_activation activation;
static void prepare_activate(const fovea_kernels *k, size_t r, size_t c, size_t kind, size_t unused) {
  (void)k, (void)unused;
  map_rows = r, channels = c, activation = (fovea_activation)kind;
}
static void run_activate(const fovea_kernels *k) {
  k->activate(&(fovea_activate){.rows = map_rows,
                                .channels = channels,
                                .activation = activation,
                                .input = input,
                                .input_stride = channels,
                                .output = output,
                                .output_stride = channels});
}
static void run_softmax(const fovea_kernels *k) {
  k->softmax(&(fovea_softmax){.rows = map_rows,
                              .columns = channels,
                              .input = input,
                              .input_stride = channels,
                              .scale = 1,
                              .output = output,
                              .output_stride = channels});
}
static void run_layer_norm(const fovea_kernels *k) {
  k->layer_norm(&(fovea_layer_norm){.rows = map_rows,
                                    .channels = channels,
                                    .input = input,
                                    .input_stride = channels,
                                    .weight = bias,
                                    .bias = bias,
                                    .epsilon = 1e-5f,
                                    .output = output,
                                    .output_stride = channels});
}
static void run_focused(const fovea_kernels *k) {
  k->features(&(fovea_features){.rows = map_rows,
                                .channels = channels,
                                .map = FOVEA_FEATURES_FOCUSED,
                                .offset = 1e-6f,
                                .power = 3,
                                .inverse_scale = bias,
                                .input = input,
                                .input_stride = channels,
                                .output = output,
                                .output_stride = channels});
}
static void run_sums(const fovea_kernels *k) {
  k->attention_sums(&(fovea_attention_sums){.rows = map_rows,
                                            .key_width = channels,
                                            .value_width = channels,
                                            .map = FOVEA_FEATURES_RELU,
                                            .keys = input,
                                            .keys_stride = 3 * channels,
                                            .values = (char *)input + channels * element_size(k),
                                            .values_stride = 3 * channels,
                                            .products = weights,
                                            .totals = bias});
}
static void run_apply(const fovea_kernels *k) {
  k->attention_apply(&(fovea_attention_apply){.rows = map_rows,
                                              .key_width = channels,
                                              .value_width = channels,
                                              .map = FOVEA_FEATURES_RELU,
                                              .queries = input,
                                              .queries_stride = 3 * channels,
                                              .products = weights,
                                              .totals = bias,
                                              .epsilon = 1e-5f,
                                              .output = output,
                                              .output_stride = channels});
}
static uint16_t indices[1 << 14];
static void run_argmax(const fovea_kernels *k) {
  k->argmax(&(fovea_argmax){
      .rows = map_rows, .channels = channels, .input = input, .input_stride = channels, .indices = indices});
}

#define PRODUCT(rows, depth, columns)                \
  {"product " #rows " rows " #depth " to " #columns, \
   2.0 * rows * depth * columns,                     \
   prepare_product,                                  \
   run_product,                                      \
   rows,                                             \
   depth,                                            \
   columns,                                          \
   1}
#define DEPTHWISE(width, channels, kernel, stride)                                 \
  {"depthwise " #kernel "x" #kernel " s" #stride " C " #channels " width " #width, \
   2.0 * 16 * (width / stride) * channels * kernel * kernel,                       \
   prepare_depthwise,                                                              \
   run_depthwise,                                                                  \
   width,                                                                          \
   channels,                                                                       \
   kernel,                                                                         \
   stride}
#define ROWS(name, operations, run, rows, channels, kind) \
  {name, (double)(operations), prepare_activate, run, rows, channels, kind, 0}

const shape inference_shapes[] = {
    PRODUCT(256, 64, 256),
    PRODUCT(4096, 64, 256),
    PRODUCT(4096, 256, 64),
    PRODUCT(4096, 16, 64),
    PRODUCT(4096, 64, 16),
    PRODUCT(1024, 256, 1024),
    PRODUCT(256, 1024, 512),
    PRODUCT(49, 384, 1536),
    PRODUCT(1, 1024, 1000),
    {"dense 3x3 32 to 128, 512 pixels", 2.0 * 512 * 288 * 128, prepare_product, run_product, 512, 96, 128, 3},
    {"stem 3x3 s2 3 to 16, 512 pixels", 2.0 * 512 * 27 * 16, prepare_stem, run_product, 512, 9, 16, 3},
    PRODUCT(4096, 16, 16),
    DEPTHWISE(512, 16, 3, 1),
    DEPTHWISE(128, 64, 3, 1),
    DEPTHWISE(128, 256, 3, 1),
    DEPTHWISE(128, 64, 3, 2),
    DEPTHWISE(14, 1024, 3, 1),
    DEPTHWISE(128, 64, 5, 1),
    DEPTHWISE(128, 256, 5, 1),
    DEPTHWISE(128, 64, 5, 2),
    DEPTHWISE(128, 64, 7, 1),
    ROWS("gelu erf (G elements)", 64 * 512, run_activate, 64, 512, FOVEA_GELU_ERF),
    ROWS("gelu tanh (G elements)", 64 * 512, run_activate, 64, 512, FOVEA_GELU_TANH),
    ROWS("silu (G elements)", 64 * 512, run_activate, 64, 512, FOVEA_SILU),
    ROWS("hardswish (G elements)", 64 * 512, run_activate, 64, 512, FOVEA_HARDSWISH),
    ROWS("softmax 64x196 (G elements)", 64 * 196, run_softmax, 64, 196, 0),
    ROWS("softmax 49x49 (G elements)", 49 * 49, run_softmax, 49, 49, 0),
    ROWS("layer norm 64x256 (G elements)", 64 * 256, run_layer_norm, 64, 256, 0),
    ROWS("focused 64x256 (G elements)", 64 * 256, run_focused, 64, 256, 0),
    ROWS("attention sums D 16", 2.0 * 1024 * 17 * 16, run_sums, 1024, 16, 0),
    ROWS("attention sums D 32", 2.0 * 1024 * 33 * 32, run_sums, 1024, 32, 0),
    ROWS("attention apply D 16", 2.0 * 1024 * 17 * 16, run_apply, 1024, 16, 0),
    ROWS("attention apply D 32", 2.0 * 1024 * 33 * 32, run_apply, 1024, 32, 0),
    ROWS("argmax 4096x19 (G pixels)", 4096, run_argmax, 4096, 19, 0),
};

const size_t inference_shape_count = sizeof inference_shapes / sizeof *inference_shapes;

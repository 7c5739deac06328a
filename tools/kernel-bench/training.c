// The kernels of a backward pass.
#include "bench.h"

// Maps of `rows` × `channels`: x in `input`, its gradient in `packed`, the answer in `output`. A float map
// holds means, scales and the like.
static size_t rows, channels, depth;
static fovea_activation activation;

static void prepare_rows(const fovea_kernels *k, size_t r, size_t c, size_t kind, size_t d) {
  rows = r, channels = c, activation = (fovea_activation)kind, depth = d;
  for (size_t i = 0; i < 4096; i++) bias[i] = 0.5f;
  for (size_t i = 0; i < 1 << 20; i++) weights[i] = 0;
  for (size_t i = 0; i < r * c; i += 4096) {
    float chunk[4096];
    for (size_t j = 0; j < 4096; j++) chunk[j] = (float)((i + j) * 2654435761u % 1999) / 1000 - 1;
    k->convert_from_float(chunk, (char *)packed + i * element_size(k), 4096);
  }
}

static void run_outer(const fovea_kernels *k) {
  k->outer_sums(&(fovea_outer_sums){.rows = rows,
                                    .depth = depth,
                                    .columns = channels,
                                    .input = input,
                                    .input_stride = depth,
                                    .gradient = packed,
                                    .gradient_stride = channels,
                                    .sums = weights,
                                    .sums_stride = channels});
}

static void run_moments(const fovea_kernels *k) {
  k->channel_moments(&(fovea_channel_moments){.rows = rows,
                                              .channels = channels,
                                              .input = input,
                                              .input_stride = channels,
                                              .means = weights,
                                              .squares = weights + channels});
}

static void run_scale_shift(const fovea_kernels *k) {
  k->scale_shift(&(fovea_scale_shift){.rows = rows,
                                      .channels = channels,
                                      .input = input,
                                      .input_stride = channels,
                                      .scale = bias,
                                      .shift = bias,
                                      .activation = activation,
                                      .output = output,
                                      .output_stride = channels});
}

static fovea_activation_gradient gradient_of_rows(void) {
  return (fovea_activation_gradient){.rows = rows,
                                     .channels = channels,
                                     .gradient = packed,
                                     .gradient_stride = channels,
                                     .input = input,
                                     .input_stride = channels,
                                     .scale = bias,
                                     .shift = bias,
                                     .activation = activation};
}

static void run_gradient_sums(const fovea_kernels *k) {
  k->activation_gradient_sums(&(fovea_activation_gradient_sums){
      .of = gradient_of_rows(), .means = bias, .sums = weights, .products = weights + channels});
}

static void run_gradient_apply(const fovea_kernels *k) {
  k->activation_gradient_apply(&(fovea_activation_gradient_apply){.of = gradient_of_rows(),
                                                                  .factor = bias,
                                                                  .slope = bias,
                                                                  .offset = bias,
                                                                  .output = output,
                                                                  .output_stride = channels});
}

// Sixteen rows of `rows` pixels by a kernel of `kind`, at a stride of `depth`.
static const void *pointers[8];
static void run_depthwise_sums(const fovea_kernels *k) {
  size_t kernel = (size_t)activation, stride = depth, row_bytes = rows * channels * element_size(k);
  for (size_t y = 0; y < 16; y++) {
    for (size_t i = 0; i < kernel; i++) pointers[i] = (char *)input + (y % 4 + i) * row_bytes;
    k->depthwise_sums(&(fovea_depthwise_sums){.output_width = rows / stride,
                                              .channels = channels,
                                              .input_width = rows,
                                              .kernel_height = kernel,
                                              .kernel_width = kernel,
                                              .stride = stride,
                                              .padding = kernel / 2,
                                              .rows = pointers,
                                              .input_stride = channels,
                                              .gradient = packed,
                                              .gradient_stride = channels,
                                              .sums = weights});
  }
}

static void run_depthwise_input(const fovea_kernels *k) {
  size_t kernel = (size_t)activation, stride = depth, row_bytes = rows / stride * channels * element_size(k);
  for (size_t y = 0; y < 16; y++) {
    for (size_t i = 0; i < kernel; i++) {
      pointers[i] = (y + i) % stride ? NULL : (char *)input + (y % 4 + i) * row_bytes;
    }
    k->depthwise_input_gradient(&(fovea_depthwise_input_gradient){.output_width = rows / stride,
                                                                  .channels = channels,
                                                                  .input_width = rows,
                                                                  .kernel_height = kernel,
                                                                  .kernel_width = kernel,
                                                                  .stride = stride,
                                                                  .padding = kernel / 2,
                                                                  .gradients = pointers,
                                                                  .gradient_stride = channels,
                                                                  .weights = weights,
                                                                  .output = output,
                                                                  .output_stride = channels});
  }
}

static void run_layer_norm_gradient(const fovea_kernels *k) {
  k->layer_norm_gradient(&(fovea_layer_norm_gradient){.rows = rows,
                                                      .channels = channels,
                                                      .input = input,
                                                      .input_stride = channels,
                                                      .gradient = packed,
                                                      .gradient_stride = channels,
                                                      .weight = bias,
                                                      .epsilon = 1e-5f,
                                                      .weight_sums = weights,
                                                      .bias_sums = weights + channels,
                                                      .output = output,
                                                      .output_stride = channels});
}

static void run_softmax_gradient(const fovea_kernels *k) {
  k->softmax_gradient(&(fovea_softmax_gradient){.rows = rows,
                                                .columns = channels,
                                                .answers = input,
                                                .answers_stride = channels,
                                                .gradient = packed,
                                                .gradient_stride = channels,
                                                .scale = 0.5f,
                                                .output = output,
                                                .output_stride = channels});
}

static void run_features_gradient(const fovea_kernels *k) {
  k->features_gradient(&(fovea_features_gradient){.rows = rows,
                                                  .channels = channels,
                                                  .map = FOVEA_FEATURES_FOCUSED,
                                                  .offset = 1e-6f,
                                                  .power = 3,
                                                  .inverse_scale = bias,
                                                  .input = input,
                                                  .input_stride = channels,
                                                  .gradient = packed,
                                                  .gradient_stride = channels,
                                                  .inverse_scale_sums = weights,
                                                  .output = output,
                                                  .output_stride = channels});
}

static int32_t ids[1 << 14];
static void run_cross_entropy(const fovea_kernels *k) {
  double loss = 0;
  for (size_t r = 0; r < rows; r++) ids[r] = (int32_t)(r % channels);
  k->cross_entropy(&(fovea_cross_entropy){.rows = rows,
                                          .classes = channels,
                                          .logits = weights,
                                          .logits_stride = channels,
                                          .ids = ids,
                                          .smoothing = depth ? 0.1f : 0,
                                          .scale = 1,
                                          .loss = &loss,
                                          .gradient = output,
                                          .gradient_stride = channels});
}

// Flat arrays of rows · channels floats.
static void run_adamw(const fovea_kernels *k) {
  size_t count = rows * channels;
  float *arrays = weights;
  k->adamw(&(fovea_adamw){.count = count,
                          .values = arrays,
                          .gradients = arrays + count,
                          .first = arrays + 2 * count,
                          .second = arrays + 3 * count,
                          .gradient_scale = 1,
                          .rate = 1e-3f,
                          .decay = 0.05f,
                          .beta1 = 0.9f,
                          .beta2 = 0.999f,
                          .epsilon = 1e-8f,
                          .correction1 = 0.1f,
                          .correction2 = 0.001f});
}
static void run_average(const fovea_kernels *k) {
  size_t count = rows * channels;
  k->average(&(fovea_average){
      .count = count, .values = weights, .averages = weights + count, .retention = 0.999f});
}
static volatile double sink;
static void run_squares(const fovea_kernels *k) { sink = k->sum_of_squares(weights, rows * channels); }

#define OUTER(rows, depth, columns)                                                                         \
  {"outer sums " #rows " rows " #depth " by " #columns, 2.0 * rows * depth * columns, prepare_rows,          \
   run_outer, rows, columns, 0, depth}
#define ROWS(name, run, rows, channels, kind) \
  {name " " #rows "x" #channels " (G elements)", (double)rows * channels, prepare_rows, run, rows, channels, \
   kind, 0}
#define DEPTHWISE(name, run, width, channels, kernel, stride)                        \
  {name " " #kernel "x" #kernel " s" #stride " C " #channels " width " #width,       \
   2.0 * 16 * (width / stride) * channels * kernel * kernel, prepare_rows, run, width, channels, kernel, \
   stride}
// At a stride of 2 an input row is seen through about half of the kernel's rows.
#define DEPTHWISE_INPUT(width, channels, kernel, stride)                                                     \
  {"depthwise input " #kernel "x" #kernel " s" #stride " C " #channels " width " #width,                     \
   2.0 * 16 * (width / stride) * channels * kernel * kernel / stride, prepare_rows, run_depthwise_input,     \
   width, channels, kernel, stride}

const shape training_shapes[] = {
    OUTER(256, 64, 256),
    OUTER(4096, 64, 256),
    OUTER(4096, 256, 64),
    OUTER(1024, 256, 1024),
    OUTER(4096, 16, 16),
    OUTER(4096, 32, 32),
    OUTER(512, 96, 32),
    OUTER(49, 384, 1536),
    ROWS("channel moments", run_moments, 128, 64, 0),
    ROWS("channel moments", run_moments, 128, 256, 0),
    ROWS("scale shift", run_scale_shift, 128, 256, FOVEA_IDENTITY),
    ROWS("scale shift hardswish", run_scale_shift, 128, 256, FOVEA_HARDSWISH),
    ROWS("scale shift gelu", run_scale_shift, 128, 256, FOVEA_GELU_TANH),
    ROWS("gradient sums relu", run_gradient_sums, 128, 256, FOVEA_RELU),
    ROWS("gradient sums hardswish", run_gradient_sums, 128, 64, FOVEA_HARDSWISH),
    ROWS("gradient sums hardswish", run_gradient_sums, 128, 256, FOVEA_HARDSWISH),
    ROWS("gradient sums gelu tanh", run_gradient_sums, 128, 256, FOVEA_GELU_TANH),
    ROWS("gradient sums silu", run_gradient_sums, 128, 256, FOVEA_SILU),
    ROWS("gradient apply identity", run_gradient_apply, 128, 256, FOVEA_IDENTITY),
    ROWS("gradient apply hardswish", run_gradient_apply, 128, 256, FOVEA_HARDSWISH),
    ROWS("gradient apply gelu tanh", run_gradient_apply, 128, 256, FOVEA_GELU_TANH),
    ROWS("gradient apply gelu erf", run_gradient_apply, 128, 256, FOVEA_GELU_ERF),
    DEPTHWISE("depthwise sums", run_depthwise_sums, 128, 64, 3, 1),
    DEPTHWISE("depthwise sums", run_depthwise_sums, 32, 256, 3, 1),
    DEPTHWISE("depthwise sums", run_depthwise_sums, 128, 64, 3, 2),
    DEPTHWISE("depthwise sums", run_depthwise_sums, 128, 64, 5, 1),
    DEPTHWISE_INPUT(128, 64, 3, 2),
    DEPTHWISE_INPUT(128, 64, 5, 2),
    ROWS("layer norm gradient", run_layer_norm_gradient, 64, 256, 0),
    ROWS("softmax gradient", run_softmax_gradient, 64, 196, 0),
    ROWS("focused gradient", run_features_gradient, 64, 256, 0),
    ROWS("cross entropy", run_cross_entropy, 4096, 11, 0),
    ROWS("cross entropy", run_cross_entropy, 128, 200, 0),
    ROWS("adamw in the cache", run_adamw, 64, 256, 0),
    ROWS("adamw", run_adamw, 4096, 256, 0),
    ROWS("average", run_average, 4096, 256, 0),
    ROWS("sum of squares", run_squares, 4096, 256, 0),
};

const size_t training_shape_count = sizeof training_shapes / sizeof *training_shapes;

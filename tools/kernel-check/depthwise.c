#include "check.h"

typedef struct {
  size_t width, channels, kernel, stride, padding, missing;
  fovea_activation activation;
  bool residual, unbiased;
} depthwise_case;

static void *run_depthwise(const subject *s, const fovea_kernels *k, const depthwise_case *p,
                           void *const *inputs, const float *weights, const float *bias) {
  size_t width = (p->width + 2 * p->padding - p->kernel) / p->stride + 1;
  const void *rows[9];
  for (size_t i = 0; i < p->kernel; i++) rows[i] = i == p->missing ? NULL : inputs[i];
  void *output = make_map(s, width, p->channels, p->channels + 1, 9);
  k->depthwise(&(fovea_depthwise){.output_width = width,
                                  .channels = p->channels,
                                  .input_width = p->width,
                                  .kernel_height = p->kernel,
                                  .kernel_width = p->kernel,
                                  .stride = p->stride,
                                  .padding = p->padding,
                                  .rows = rows,
                                  .input_stride = p->channels + 2,
                                  .weights = weights,
                                  .bias = p->unbiased ? NULL : bias,
                                  .activation = p->activation,
                                  .residual = p->residual ? output : NULL,
                                  .residual_stride = p->channels + 1,
                                  .output = output,
                                  .output_stride = p->channels + 1});
  return output;
}

static void check_depthwise_case(subject *s, const depthwise_case *p) {
  if (p->width + 2 * p->padding < p->kernel) return;
  void *inputs[9];
  for (size_t i = 0; i < p->kernel; i++)
    inputs[i] = make_map(s, p->width, p->channels, p->channels + 2, (uint32_t)i);
  float *weights = make_floats(p->kernel * p->kernel * p->channels, -1, 1, 5);
  float *bias = make_floats(p->channels, -1, 1, 6);
  void *found = run_depthwise(s, s->kernels, p, inputs, weights, bias);
  void *wanted = run_depthwise(s, s->scalar, p, inputs, weights, bias);
  double taps = (double)(p->kernel * p->kernel);
  // Twice K·ε·max|a|·max|b|, both being off, times the slope of the activation.
  size_t outputs = frame_of(wanted)->rows;
  void *residual = p->residual ? make_map(s, outputs, p->channels, p->channels + 1, 9) : NULL;
  compare_activated(s, "depthwise", found, wanted, p->activation, residual,
                    3 * 0x1p-24 * (taps + 8) * (taps + 1));
  if (residual) release(residual);
  for (size_t i = 0; i < p->kernel; i++) release(inputs[i]);
  release(weights), release(bias), release(found), release(wanted);
}

void check_depthwise(subject *s) {
  static const size_t kernels[] = {1, 2, 3, 4, 5, 7, 9},
                      channels[] = {1, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 67};
  for (size_t k = 0; k < COUNT(kernels); k++) {
    for (size_t c = 0; c < COUNT(channels); c++) {
      for (size_t width = 1; width < 24; width += 1 + width / 8) {
        for (size_t stride = 1; stride < 4; stride++) {
          size_t kernel = kernels[k];
          depthwise_case p = {width,
                              channels[c],
                              kernel,
                              stride,
                              (kernel / 2 + width) % (kernel / 2 + 1),
                              width % 9,
                              (fovea_activation)((width + c + stride) % 9),
                              c % 2,
                              false};
          check_depthwise_case(s, &p);
          p.padding = kernel / 2;
          check_depthwise_case(s, &p);
          p.unbiased = true;
          check_depthwise_case(s, &p);
          p.unbiased = false;
          p.padding = kernel + 2;  // whole pixels see nothing but padding
          check_depthwise_case(s, &p);
        }
      }
    }
  }
}

// The last include of an instance: the table of the functions above, which are static there.
// Expects TABLE_ISA, TABLE_SYMBOL, TABLE_GRANULARITY and, where they have other names, TABLE_PRODUCT and
// TABLE_OUTER_SUMS.

#ifndef TABLE_PRODUCT
#define TABLE_PRODUCT product
#endif
#ifndef TABLE_OUTER_SUMS
#define TABLE_OUTER_SUMS outer_sums
#endif

static void pack(const fovea_pack *op) { pack_panels(op, TABLE_GRANULARITY); }

extern const fovea_kernels TABLE_SYMBOL;
const fovea_kernels TABLE_SYMBOL = {
    .isa = TABLE_ISA,
    .precision = FOVEA_ELEMENT_PRECISION,
    .depth_granularity = TABLE_GRANULARITY,
    .product = TABLE_PRODUCT,
    .depthwise = depthwise,
    .activate = activate,
    .combine = combine,
    .column_sums = column_sums,
    .layer_norm = layer_norm,
    .softmax = softmax,
    .features = features,
    .attention_sums = attention_sums,
    .attention_apply = attention_apply,
    .resample_row = resample_row,
    .argmax = argmax,
    .concentrate = concentrate,
    .matrix_product = matrix_product,
    .weighted_sum = weighted_sum,
    .convert_from_float = convert_from_float,
    .convert_to_float = convert_to_float,
    .pack = pack,
    .outer_sums = TABLE_OUTER_SUMS,
    .channel_moments = channel_moments,
    .scale_shift = scale_shift,
    .activation_gradient_sums = activation_gradient_sums,
    .activation_gradient_apply = activation_gradient_apply,
    .depthwise_sums = depthwise_sums,
    .depthwise_input_gradient = depthwise_input_gradient,
    .layer_norm_gradient = layer_norm_gradient,
    .softmax_gradient = softmax_gradient,
    .features_gradient = features_gradient,
    .cross_entropy = cross_entropy,
    .adamw = adamw,
    .sgd = sgd,
    .average = average,
    .sum_of_squares = sum_of_squares,
};

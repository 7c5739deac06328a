// The last include of an instance: the table of the functions above, which are static there.
// Expects TABLE_ISA, TABLE_SYMBOL, TABLE_GRANULARITY and, where it has another name, TABLE_PRODUCT.

#ifndef TABLE_PRODUCT
#define TABLE_PRODUCT product
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
    .convert_from_float = convert_from_float,
    .convert_to_float = convert_to_float,
    .pack = pack,
};

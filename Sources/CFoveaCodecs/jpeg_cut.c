#include "jpeg_state.h"

void fovea_jpeg_count_rows(fovea_jpeg *self) {
  const struct jpeg_decompress_struct *cinfo = &self->cinfo;
  bool is_first = !cinfo->progressive_mode || (cinfo->Ss == 0 && cinfo->Ah == 0);
  if (self->is_counted || !is_first) return;
  for (int i = 0; i < cinfo->comps_in_scan; i++) {
    uint32_t *rows = &self->mcu_rows[cinfo->cur_comp_info[i]->component_index];
    if (cinfo->input_iMCU_row > *rows) *rows = cinfo->input_iMCU_row;
  }
}

void fovea_jpeg_stop_counting(fovea_jpeg *self) {
  fovea_jpeg_count_rows(self);
  self->is_counted = true;
}

// True when libjpeg interpolates a component between rows: its last one then waits for the next row of MCUs.
static bool mixes_rows(const struct jpeg_decompress_struct *cinfo, const jpeg_component_info *component) {
  if (component->v_samp_factor * 2 != cinfo->max_v_samp_factor) return false;
  if (component->h_samp_factor == cinfo->max_h_samp_factor) return true;
  return component->h_samp_factor * 2 == cinfo->max_h_samp_factor && component->downsampled_width > 2;
}

uint32_t fovea_jpeg_whole_rows(const fovea_jpeg *self) {
  const struct jpeg_decompress_struct *cinfo = &self->cinfo;
  uint32_t height = cinfo->output_height, least = cinfo->total_iMCU_rows;
  if (!self->ended_early || (!self->has_scans && !self->is_counted)) return height;
  bool mixes = false;
  for (int i = 0; i < cinfo->num_components; i++) {
    if (self->mcu_rows[i] < least) least = self->mcu_rows[i];
    mixes |= mixes_rows(cinfo, &cinfo->comp_info[i]);
  }
  uint64_t rows = (uint64_t)least * (uint32_t)cinfo->max_v_samp_factor * DCTSIZE;
  if (rows >= height) return height;
  return rows > 0 && mixes ? (uint32_t)rows - 1 : (uint32_t)rows;
}

bool fovea_jpeg_is_coarse(const fovea_jpeg *self) {
  const struct jpeg_decompress_struct *cinfo = &self->cinfo;
  if (!self->ended_early || cinfo->coef_bits == NULL) return false;
  if (self->is_counted) return true;
  for (int i = 0; i < cinfo->num_components; i++) {
    for (int k = 0; k < DCTSIZE2; k++) {
      if (cinfo->coef_bits[i][k] != 0) return true;
    }
  }
  return false;
}

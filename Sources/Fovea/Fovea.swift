// Fovea

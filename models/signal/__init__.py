"""The one signal path that training and live detection share: montage, filters, artefacts, resampling."""

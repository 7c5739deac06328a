// FoveaWeights

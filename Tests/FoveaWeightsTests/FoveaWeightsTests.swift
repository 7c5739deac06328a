import Testing
import FoveaWeights

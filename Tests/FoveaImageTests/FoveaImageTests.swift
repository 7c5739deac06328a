import Testing
import FoveaImage

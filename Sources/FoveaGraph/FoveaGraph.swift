// FoveaGraph

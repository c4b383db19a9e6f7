package report

// items is the map that a command would compute for the camera.
func items() []MapItem {
	return []MapItem{
		{Label: "Wi-Fi", Medium: "wifi", Declared: true, Seen: true, Note: "Intf-1"},
		{Label: "Bluetooth LE", Medium: "ble", Declared: true, Note: "Intf-2, used in initialization"},
		{Label: "Serial console", Medium: "uart", Declared: true, Note: "Intf-3, on the board"},
		{Label: "admin page", Medium: "tcp", Port: 8080, Declared: true, Seen: true, Note: "SoftServ-1"},
		{Label: "admin page over TLS", Medium: "tcp", Port: 8443, Declared: true, Seen: true, Note: "SoftServ-2"},
		{Label: "telnet", Medium: "tcp", Port: 2323, Seen: true, Note: "BusyBox login"},
		{Label: "ws-discovery", Medium: "udp", Port: 3702, Seen: true},
		{Label: "RTSP video", Medium: "tcp", Port: 554, Declared: true, Note: "SoftServ-3"},
	}
}
